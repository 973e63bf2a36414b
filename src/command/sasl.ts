/**
 * SASL authentication of the binary protocol (`-S`): which mechanisms there are (PLAIN), and an
 * attempt at one of them (specification §6.1).
 *
 *     list ───────────▶ "PLAIN"
 *     auth PLAIN + data ───────────────▶ Authenticated, or Auth failure.
 *     auth PLAIN ─▶ continue ─▶ step + data ──┘
 *
 * Every attempt, and even the list, takes away what an earlier attempt gave; after one that
 * succeeded no other can. PLAIN's data is `[who] NUL name NUL password`; who may only be the same
 * as name.
 */
import { AUTHENTICATED, NOTHING, body } from "../protocol/binary-texts.ts";
import type { BinarySession } from "./binary-session.ts";
import type { Context } from "./context.ts";
import { HostCounter } from "../base/host-counters.ts";
import { Opcode, type Packet, PacketStatus } from "../protocol/binary-packet.ts";
import { Outcome, type Upload } from "./outcome.ts";
import { latin1 } from "../protocol/tokens.ts";
import { packetKey } from "./binary-trace.ts";
import { respondError, respondWith } from "./binary-respond.ts";

const MECHANISMS = body("PLAIN");
const MECHANISM_LENGTH_MAX = 32;

/**
 * Data up to this length is waited for and looked at; longer data cannot be right (a name and a
 * password have 252 bytes together) and is dropped as it comes.
 */
const DATA_LENGTH_MAX = 1024;

/** memcached keeps the data in an item; what does not fit one is out of memory to it. */
const DATA_LENGTH_STORED_MAX = 512 * 1024;

/** What an attempt can come to, with the numbers that memcached prints for it. */
enum Attempt {
  DONE = 0,
  CONTINUE = 1,
  FAILED = -13,
}

const NUL = 0;

function isAttempt(packet: Packet): boolean {
  return packet.opcode === Opcode.SASL_AUTH || packet.opcode === Opcode.SASL_STEP;
}

/** How many bytes of the packet's value must have come before it can be executed. */
export function saslDataNeeded({ settings }: Context, packet: Packet): number {
  if (!settings.sasl || !isAttempt(packet) || !packet.isFramed) return 0;
  return packet.valueLength <= DATA_LENGTH_MAX ? packet.valueLength : 0;
}

/** Whether the client may do anything. */
export function isFree({ settings }: Context, session: BinarySession): boolean {
  return !settings.sasl || session.isAuthenticated;
}

/** What may be done before authentication: that, and asking for the version. */
export function mayProceed(context: Context, session: BinarySession): boolean {
  if (isFree(context, session)) return true;
  const { opcode } = session.packet;
  const isOpen = opcode === Opcode.SASL_LIST || opcode === Opcode.VERSION;
  return isOpen || isAttempt(session.packet);
}

export function executeSaslList(context: Context, session: BinarySession): Outcome {
  const { packet } = session;
  if (!context.settings.sasl) {
    respondError(context, packet, PacketStatus.UNKNOWN_COMMAND);
    return Outcome.DONE;
  }
  session.isAuthenticated = false;
  respondWith(context, packet, PacketStatus.SUCCESS, MECHANISMS);
  return Outcome.DONE;
}

/** Auth and step. `executed` packets end behind their data, if that was waited for. */
export function executeSasl(context: Context, session: BinarySession, upload: Upload): Outcome {
  const { packet } = session;
  const { valueLength } = packet;
  upload.swallowLength = valueLength;
  if (!context.settings.sasl) {
    respondError(context, packet, PacketStatus.UNKNOWN_COMMAND);
    return Outcome.SWALLOW;
  }
  if (packet.keyLength > MECHANISM_LENGTH_MAX) {
    respondError(context, packet, PacketStatus.INVALID);
    return Outcome.SWALLOW;
  }
  if (valueLength >= DATA_LENGTH_STORED_MAX) {
    respondError(context, packet, PacketStatus.NO_MEMORY);
    return Outcome.SWALLOW;
  }
  answer(context, session, attempt(context, session));
  return Outcome.SWALLOW;
}

function answer(context: Context, session: BinarySession, result: Attempt): void {
  const { settings, counters, log } = context;
  if (settings.verbosity > 0) log(`sasl result code:  ${result}\n`);
  if (result === Attempt.CONTINUE) {
    respondWith(context, session.packet, PacketStatus.AUTH_CONTINUE, NOTHING);
    return;
  }
  counters.add(HostCounter.AUTH_COMMANDS, 1);
  if (result === Attempt.DONE) {
    session.isAuthenticated = true;
    session.isSaslDone = true;
    respondWith(context, session.packet, PacketStatus.SUCCESS, AUTHENTICATED);
    return;
  }
  counters.add(HostCounter.AUTH_ERRORS, 1);
  if (settings.verbosity > 0) log(`Unknown sasl response:  ${result}\n`);
  respondError(context, session.packet, PacketStatus.AUTH_FAILURE);
}

function attempt(context: Context, session: BinarySession): Attempt {
  const { packet } = session;
  const { settings, log } = context;
  const mechanism = packetKey(context, packet);
  if (settings.verbosity > 0) {
    log(`mech:  \`\`${mechanism}'' with ${packet.valueLength} bytes of data\n`);
  }
  session.isAuthenticated = false;
  if (packet.opcode === Opcode.SASL_AUTH) {
    const isKnown = mechanism.toUpperCase() === "PLAIN" && !session.isSaslDone;
    if (isKnown && packet.valueLength === 0) {
      session.isSaslStarted = true;
      return Attempt.CONTINUE;
    }
    session.isSaslStarted = isKnown && isProved(context, packet);
    return session.isSaslStarted ? Attempt.DONE : Attempt.FAILED;
  }
  if (!session.isSaslStarted && settings.verbosity > 0) {
    const what = "SASL_STEP called but sasl_server_start not called for this connection!";
    log(`${context.connectionId}: ${what}\n`);
  }
  const isOpen = session.isSaslStarted && !session.isSaslDone;
  return isOpen && isProved(context, packet) ? Attempt.DONE : Attempt.FAILED;
}

/** Whether the packet's data is right: PLAIN's three parts, of which the last two are known. */
function isProved({ core, passwordFile }: Context, packet: Packet): boolean {
  if (packet.valueLength > DATA_LENGTH_MAX) return false;
  const start = packet.valueAt;
  const data = core.inbox.slice(start, start + packet.valueLength);
  const nameAt = data.indexOf(NUL) + 1;
  const passwordAt = data.indexOf(NUL, nameAt) + 1;
  if (nameAt === 0 || passwordAt === 0 || data.includes(NUL, passwordAt)) return false;
  const name = data.subarray(nameAt, passwordAt - 1);
  const who = latin1(data, 0, nameAt - 1);
  if (name.length === 0 || (who !== "" && who !== latin1(name, 0, name.length))) return false;
  return passwordFile.check(name, data.subarray(passwordAt));
}
