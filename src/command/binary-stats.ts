/**
 * Binary stat: one packet for each figure, the name as key and the figure as value, and an empty
 * one to end them (specification §4.4).
 */
import type { Context } from "./context.ts";
import {
  type Packet,
  HEADER_SIZE,
  MAGIC_RESPONSE,
  PacketStatus,
  putU32,
} from "../protocol/binary-packet.ts";
import { Outcome } from "./outcome.ts";
import type { StatLines } from "./stat-lines.ts";
import { clearStats, fillStats } from "./stats.ts";
import { packetKey, traceRequest } from "./binary-trace.ts";
import { respondError } from "./binary-respond.ts";

/** What may be asked for by exactly this word; `conns` and the like are for text only. */
const SUBJECTS: ReadonlySet<string> = new Set(["", "items", "slabs", "sizes"]);

/** Gathers the packets of one answer, as text with a byte a character. */
class StatPackets implements StatLines {
  #text = "";
  readonly #header = new Uint8Array(HEADER_SIZE);

  constructor({ opcode, opaque }: Packet) {
    this.#header[0] = MAGIC_RESPONSE;
    this.#header[1] = opcode;
    putU32(this.#header, 12, opaque);
  }

  add(name: string, value: string | number): void {
    const text = String(value);
    this.#header[2] = name.length >>> 8;
    this.#header[3] = name.length;
    putU32(this.#header, 8, name.length + text.length);
    this.#text += String.fromCharCode(...this.#header) + name + text;
  }

  /** The whole answer, the empty packet included. */
  end(): string {
    this.add("", "");
    return this.#text;
  }
}

/** Some words are enough at the key's beginning, as memcached compares no further. */
export function executeBinaryStat(context: Context, packet: Packet): Outcome {
  const subject = packetKey(context, packet);
  if (context.isObserved) traceRequest(context, `<${context.connectionId} STATS ${subject}`);
  const packets = new StatPackets(packet);
  if (SUBJECTS.has(subject)) {
    fillStats(context, subject, packets);
  } else if (subject.startsWith("reset")) {
    clearStats(context);
  } else if (subject.startsWith("settings")) {
    fillStats(context, "settings", packets);
  } else if (!detail(context, subject, packets)) {
    respondError(context, packet, PacketStatus.NOT_FOUND);
    return Outcome.DONE;
  }
  context.output.putText(packets.end());
  return Outcome.DONE;
}

/** `detail on`, `detail off`, `detail dump`; -X forbids none of them here. Whether it was one. */
function detail(context: Context, subject: string, packets: StatPackets): boolean {
  const { settings, prefixes } = context;
  if (subject.startsWith("detail dump")) {
    packets.add("detailed", prefixes.dump());
    return true;
  }
  const isOn = subject.startsWith("detail on");
  if (!isOn && !subject.startsWith("detail off")) return false;
  settings.detailEnabled = isOn;
  context.publishSettings();
  return true;
}
