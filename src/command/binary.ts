/**
 * One packet of the binary protocol: whether it is well-formed and allowed, and who carries it out.
 *
 * What is wrong with a packet has one of four ends (specification §4.3, §4.4):
 *
 *   extras and key longer than the body   Unknown command, then close
 *   not authenticated (-S)                Auth failure, then close
 *   wrong shape, key or body too long     Invalid arguments, then close
 *   unknown opcode                        Unknown command, the rest of the packet is swallowed
 *
 * stat, touch and gat do not look at what follows the key, as in memcached: it is read as the next
 * packet.
 */
import { BODY_LENGTH_MAX, HEADER_SIZE, Opcode, PacketStatus } from "../protocol/binary-packet.ts";
import type { BinarySession } from "./binary-session.ts";
import type { Context } from "./context.ts";
import { KEY_LENGTH_MAX } from "../../assembly/shared/limits.ts";
import { MEMCACHED_VERSION } from "../base/version.ts";
import { Outcome, type Upload } from "./outcome.ts";
import { body } from "../protocol/binary-texts.ts";
import {
  executeBinaryArithmetic,
  executeBinaryDelete,
  executeBinaryFlush,
} from "./binary-change.ts";
import { executeBinaryGet } from "./binary-get.ts";
import { executeBinaryStat } from "./binary-stats.ts";
import { executeBinaryStore } from "./binary-store.ts";
import { executeSasl, executeSaslList, mayProceed, saslDataNeeded } from "./sasl.ts";
import { respondEmpty, respondError, respondWith } from "./binary-respond.ts";
import { traceAllowed, tracePacket } from "./binary-trace.ts";

const VERSION = body(MEMCACHED_VERSION);

/** Shapes: the length that extras must have, and which other parts there must or may be. */
const NO_EXTRAS = 0;
const EXPTIME_SIZE = 4;
const STORE_EXTRAS_SIZE = 8;
const ARITHMETIC_EXTRAS_SIZE = 20;

/** How many bytes of the packet must be there before it can be executed. */
export function packetLengthNeeded(context: Context, { packet }: BinarySession): number {
  // A body that long is refused whatever it holds: nothing of it is waited for.
  if (packet.bodyLength > BODY_LENGTH_MAX) return HEADER_SIZE;
  return packet.headLength + saslDataNeeded(context, packet);
}

/** Executes the packet that the session has read. Replies go to the outbox. */
export function executePacket(context: Context, session: BinarySession, upload: Upload): Outcome {
  const { packet } = session;
  if (context.isObserved) tracePacket(context, packet);
  if (!packet.isFramed) {
    respondError(context, packet, PacketStatus.UNKNOWN_COMMAND);
    return Outcome.QUIT;
  }
  const isAllowed = mayProceed(context, session);
  if (context.isObserved && context.settings.sasl) traceAllowed(context, packet, isAllowed);
  if (!isAllowed) {
    respondError(context, packet, PacketStatus.AUTH_FAILURE);
    return Outcome.QUIT;
  }
  if (packet.keyLength > KEY_LENGTH_MAX || packet.bodyLength > BODY_LENGTH_MAX) {
    return refuseShape(context, session);
  }
  return dispatch(context, session, upload);
}

/** The connection ends when the reply has been sent. */
function refuseShape(context: Context, { packet }: BinarySession): Outcome {
  respondError(context, packet, PacketStatus.INVALID);
  if (context.settings.verbosity > 0) {
    const opcode = packet.opcode.toString(16).padStart(2, "0");
    const end = `close connection ${context.connectionId}`;
    context.log(`Protocol error (opcode ${opcode}), ${end}\n`);
  }
  return Outcome.QUIT;
}

function dispatch(context: Context, session: BinarySession, upload: Upload): Outcome {
  const { packet } = session;
  const { extrasLength, keyLength, bodyLength, valueLength } = packet;
  const hasKey = keyLength > 0;
  const isKeyAlone = hasKey && bodyLength === keyLength;
  const isEmpty = bodyLength === 0;
  switch (packet.loudOpcode) {
    case Opcode.GET:
    case Opcode.GETK:
      if (isKeyAlone) return executeBinaryGet(context, packet);
      break;
    case Opcode.TOUCH:
    case Opcode.GAT:
    case Opcode.GATK:
      if (hasKey && extrasLength === EXPTIME_SIZE) return executeBinaryGet(context, packet);
      break;
    case Opcode.SET:
    case Opcode.ADD:
    case Opcode.REPLACE:
      if (!hasKey || extrasLength !== STORE_EXTRAS_SIZE) break;
      return executeBinaryStore(context, packet, upload);
    case Opcode.APPEND:
    case Opcode.PREPEND:
      if (!hasKey || extrasLength !== NO_EXTRAS) break;
      return executeBinaryStore(context, packet, upload);
    case Opcode.DELETE:
      if (isKeyAlone) return executeBinaryDelete(context, packet);
      break;
    case Opcode.INCREMENT:
    case Opcode.DECREMENT:
      if (!hasKey || extrasLength !== ARITHMETIC_EXTRAS_SIZE || valueLength > 0) break;
      return executeBinaryArithmetic(context, packet);
    case Opcode.FLUSH:
      if (hasKey || valueLength > 0) break;
      if (extrasLength !== NO_EXTRAS && extrasLength !== EXPTIME_SIZE) break;
      return executeBinaryFlush(context, packet);
    case Opcode.STAT:
      if (extrasLength === NO_EXTRAS) return executeBinaryStat(context, packet);
      break;
    case Opcode.SASL_AUTH:
    case Opcode.SASL_STEP:
      if (!hasKey || extrasLength !== NO_EXTRAS) break;
      return executeSasl(context, session, upload);
    default:
      return dispatchPlain(context, session, upload, isEmpty);
  }
  return refuseShape(context, session);
}

/** What has neither extras nor key nor value; and what is unknown. */
function dispatchPlain(
  context: Context,
  session: BinarySession,
  upload: Upload,
  isEmpty: boolean,
): Outcome {
  const { packet } = session;
  switch (packet.loudOpcode) {
    case Opcode.NOOP:
      if (!isEmpty) break;
      respondEmpty(context, packet);
      return Outcome.FLUSH;
    case Opcode.VERSION:
      if (!isEmpty) break;
      respondWith(context, packet, PacketStatus.SUCCESS, VERSION);
      return Outcome.DONE;
    case Opcode.QUIT:
      if (!isEmpty) break;
      if (!packet.isQuiet) respondEmpty(context, packet);
      return Outcome.QUIT;
    case Opcode.SASL_LIST:
      if (isEmpty) return executeSaslList(context, session);
      break;
    default:
      respondError(context, packet, PacketStatus.UNKNOWN_COMMAND);
      upload.swallowLength = packet.valueLength;
      return Outcome.SWALLOW;
  }
  return refuseShape(context, session);
}
