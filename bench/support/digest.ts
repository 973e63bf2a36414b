/**
 * A hash over results: FNV-1a, 32 bits.
 *
 * Printed with each benchmark. It proves that the work was done, was right, and was the same work
 * as in the run that is compared with.
 */
export class Digest {
  #state = 0x811c9dc5;

  addByte(byte: number): void {
    this.#state = Math.imul(this.#state ^ (byte & 0xff), 0x01000193);
  }

  /** The low 32 bits of `value`. */
  addNumber(value: number): void {
    for (let shift = 0; shift < 32; shift += 8) this.addByte(value >>> shift);
  }

  addBytes(bytes: Uint8Array): void {
    for (const byte of bytes) this.addByte(byte);
  }

  /** Eight hexadecimal digits. */
  toString(): string {
    return (this.#state >>> 0).toString(16).padStart(8, "0");
  }
}
