/**
 * What the binary protocol prints at `-vv` (specification §10.8). Called only where somebody
 * watches.
 */
import type { Context } from "./context.ts";
import { HEADER_SIZE, type Packet } from "../protocol/binary-packet.ts";
import { latin1 } from "../protocol/tokens.ts";

const ROW = 4;

/** The 24 bytes of a header, four in a line. */
function rows(bytes: Uint8Array, at: number, lead: string): string {
  let text = "";
  for (let i = 0; i < HEADER_SIZE; i++) {
    if (i % ROW === 0) text += `\n${lead}`;
    text += ` 0x${(bytes[at + i] as number).toString(16).padStart(2, "0")}`;
  }
  return `${text}\n`;
}

function isTraced(context: Context): boolean {
  return context.settings.verbosity > 1;
}

/** A request's header, as it came. */
export function tracePacket(context: Context, packet: Packet): void {
  if (!isTraced(context)) return;
  const { connectionId: id, core } = context;
  const header = rows(core.inbox, packet.at, `<${id}   `);
  context.log(`<${id} Read binary protocol data:${header}`);
}

/** A reply's header, which was just written to outbox[at …). */
export function traceHeader(context: Context, at: number): void {
  if (!isTraced(context)) return;
  const id = context.connectionId;
  context.log(`>${id} Writing bin response:${rows(context.output.bytes, at, `>${id}  `)}`);
}

export function traceError(context: Context, body: Uint8Array): void {
  if (!isTraced(context)) return;
  const text = latin1(body, 0, body.length);
  context.log(`>${context.connectionId} Writing an error: ${text}\n`);
}

/** With `-S`: whether the packet's opcode may be used. */
export function traceAllowed(context: Context, packet: Packet, isAllowed: boolean): void {
  if (!isTraced(context)) return;
  const opcode = packet.opcode.toString(16).padStart(2, "0");
  context.log(`authenticated() in cmd 0x${opcode} is ${isAllowed}\n`);
}

/** One line about what the packet asks for. */
export function traceRequest(context: Context, text: string): void {
  if (isTraced(context)) context.log(`${text}\n`);
}

export function packetKey({ core }: Context, packet: Packet): string {
  return latin1(core.inbox, packet.keyAt, packet.keyAt + packet.keyLength);
}
