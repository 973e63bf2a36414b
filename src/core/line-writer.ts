/**
 * A line of bytes, put together piece by piece.
 *
 * Used for lines of the log, of which there may be hundreds of thousands a second: no string is
 * made of any part, so nothing is left behind for the garbage collector.
 */

const DIGIT = 0x30;
const DIGITS_MAX = 20;
const PERCENT = 0x25;

/** Each byte that stands for itself in a key: letters, digits, - . _ ~ */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[A-Za-z0-9\-._~]/.test(String.fromCodePoint(byte)) ? 1 : 0,
);
const HEX = Buffer.from("0123456789ABCDEF");

export class LineWriter {
  readonly bytes: Uint8Array;
  length = 0;
  readonly #digits = new Uint8Array(DIGITS_MAX);

  /** @param capacity what a line may need at most: it is not checked */
  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
  }

  clear(): void {
    this.length = 0;
  }

  /** What is short is copied fastest in a loop. */
  put(text: Uint8Array): void {
    const { bytes, length } = this;
    for (let i = 0; i < text.length; i++) bytes[length + i] = text[i] as number;
    this.length = length + text.length;
  }

  /** source[start … end) as it is. */
  putBytes(source: Uint8Array, start: number, end: number): void {
    const { bytes } = this;
    let at = this.length;
    for (let i = start; i < end; i++) bytes[at++] = source[i] as number;
    this.length = at;
  }

  /** The same as a key is shown, URI-encoded. */
  putKey(source: Uint8Array, start: number, end: number): void {
    const { bytes } = this;
    let at = this.length;
    for (let i = start; i < end; i++) {
      const byte = source[i] as number;
      if (PLAIN[byte] === 1) {
        bytes[at++] = byte;
        continue;
      }
      bytes[at++] = PERCENT;
      bytes[at++] = HEX[byte >> 4] as number;
      bytes[at++] = HEX[byte & 15] as number;
    }
    this.length = at;
  }

  /** A whole number from 0 to 2^53. */
  putNumber(value: number): void {
    const digits = this.#digits;
    let first = DIGITS_MAX;
    let left = value;
    do {
      digits[--first] = DIGIT + (left % 10);
      left = Math.floor(left / 10);
    } while (left > 0);
    this.putBytes(digits, first, DIGITS_MAX);
  }
}
