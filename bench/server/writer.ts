/**
 * A buffer with a cursor.
 *
 * Place: filled while a script is written; its size is known beforehand to who makes it.
 */
export class Writer {
  readonly bytes: Buffer;
  length = 0;

  constructor(capacity: number) {
    this.bytes = Buffer.alloc(capacity);
  }

  text(text: string): void {
    this.length += this.bytes.write(text, this.length, "latin1");
  }

  copy(source: Uint8Array, from: number, to: number): void {
    this.bytes.set(source.subarray(from, to), this.length);
    this.length += to - from;
  }
}
