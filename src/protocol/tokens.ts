/**
 * A command line cut into tokens: start and length of each, in arrays that are filled anew for
 * every line. Only the space byte separates; runs of spaces count once (specification §2.1).
 */

/** More tokens than this are not recorded, as in memcached. */
export const TOKENS_MAX = 23;

const SPACE = 0x20;

export class Tokens {
  count = 0;
  readonly starts = new Int32Array(TOKENS_MAX);
  readonly lengths = new Int32Array(TOKENS_MAX);

  /** Cuts bytes[start … end). */
  cut(bytes: Uint8Array, start: number, end: number): void {
    let count = 0;
    let at = start;
    while (count < TOKENS_MAX) {
      while (at < end && bytes[at] === SPACE) at++;
      if (at >= end) break;
      const first = at;
      while (at < end && bytes[at] !== SPACE) at++;
      this.starts[count] = first;
      this.lengths[count] = at - first;
      count++;
    }
    this.count = count;
  }

  start(index: number): number {
    return this.starts[index] as number;
  }

  length(index: number): number {
    return this.lengths[index] as number;
  }

  end(index: number): number {
    return this.start(index) + this.length(index);
  }

  /** The token as text, a byte a character; for admin commands and messages. */
  text(bytes: Uint8Array, index: number): string {
    return index < this.count ? latin1(bytes, this.start(index), this.end(index)) : "";
  }

  /** Whether the token is exactly `word`. */
  is(bytes: Uint8Array, index: number, word: Uint8Array): boolean {
    if (index >= this.count || this.length(index) !== word.length) return false;
    const start = this.start(index);
    for (let i = 0; i < word.length; i++) {
      if (bytes[start + i] !== word[i]) return false;
    }
    return true;
  }
}

/** Bytes as text, a byte a character: nothing is lost and nothing can be malformed. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1");
}
