/**
 * Where each reply ends in a run of replies: over UDP every reply is a message of its own
 * (specification §5).
 *
 *     VALUE a 0 5 ⏎ hello ⏎ │ VALUE b 0 1 ⏎ 1 ⏎ │ END ⏎ │ STAT … ⏎ STAT … ⏎ END ⏎ │ STORED ⏎
 *
 * The protocols tell it themselves: a value by the length in its line, a binary reply by its
 * header, a list (STAT, ITEM, PREFIX) by the END after it; all else is one line.
 */
import { latin1 } from "../protocol/tokens.ts";

const LF = 0x0a;
const CR_LF_LENGTH = 2;

/** First byte of a binary reply, the length of its header, and where the header has the rest's. */
const BINARY = 0x81;
const BINARY_HEADER = 24;
const BINARY_LENGTH_AT = 8;

const LIST_END = Buffer.from("\r\nEND\r\n");
const HEAD_MAX = 7;

/** Length of the value that follows this line, or -1 if none does. */
function valueLength(line: string): number {
  const match = /^(?:VALUE \S+ \d+|VA) (\d+)/.exec(line);
  return match === null ? -1 : Number(match[1]);
}

/**
 * The end of the reply that begins at `start`, or -1 when bytes[start … end) do not tell. It may be
 * beyond `end`: more is to come then.
 */
export function replyEnd(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[start] === BINARY) return binaryEnd(bytes, start, end);
  const lf = bytes.subarray(start, end).indexOf(LF);
  if (lf < 0) return -1;
  const lineEnd = start + lf + 1;
  const head = latin1(bytes, start, Math.min(start + HEAD_MAX, lineEnd));
  if (/^(?:STAT|ITEM|PREFIX) /.test(head)) {
    const last = Buffer.from(bytes.buffer, bytes.byteOffset, end).indexOf(LIST_END, start);
    return last < 0 ? -1 : last + LIST_END.length;
  }
  if (!head.startsWith("VA")) return lineEnd;
  const length = valueLength(latin1(bytes, start, lineEnd));
  if (length < 0) return lineEnd;
  return lineEnd + length + CR_LF_LENGTH;
}

function binaryEnd(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < BINARY_HEADER) return -1;
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, BINARY_HEADER);
  return start + BINARY_HEADER + view.getUint32(BINARY_LENGTH_AT);
}
