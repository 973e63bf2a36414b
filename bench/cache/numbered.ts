/**
 * Keys and values that carry a number, so that what a cache gives back can be told right or wrong.
 *
 *     key:000000012345                     16 bytes
 *     000000012345vvvvvvvvvvvvvvvvvvvv…    a value
 *
 * Texts are cut out of bytes, as they would be out of a request: flat strings that nobody has
 * hashed yet, each an object of its own.
 */
import type { ValueKind } from "./task.ts";

export type Key = string | Uint8Array;
export type Value = string | Uint8Array;

export const KEY_BYTES = 16;
const DIGITS = 12;
const ZERO = 0x30;

function writeNumber(number: number, into: Uint8Array, end: number): void {
  let rest = number;
  for (let at = end - 1; at >= end - DIGITS; at--) {
    const tenth = (rest / 10) | 0;
    into[at] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
}

/** Keys of one prefix of four letters. */
export class KeyMaker {
  /** The key that was written last. */
  readonly bytes: Uint8Array;
  readonly #text: Buffer;

  constructor(prefix: string) {
    this.bytes = new Uint8Array(KEY_BYTES);
    this.#text = Buffer.from(this.bytes.buffer);
    this.#text.write(prefix, "latin1");
  }

  write(number: number): Uint8Array {
    writeNumber(number, this.bytes, KEY_BYTES);
    return this.bytes;
  }

  text(number: number): string {
    this.write(number);
    return this.#text.toString("latin1");
  }

  copy(number: number): Uint8Array {
    return this.write(number).slice();
  }
}

/** Values of one kind and length. */
export class ValueMaker {
  readonly #bytes: Uint8Array;
  readonly #text: Buffer;
  readonly #isText: boolean;

  constructor(kind: ValueKind, length: number) {
    if (length < DIGITS) throw new Error(`a value has at least ${DIGITS} bytes`);
    this.#bytes = new Uint8Array(length).fill("v".charCodeAt(0));
    this.#text = Buffer.from(this.#bytes.buffer);
    this.#isText = kind === "text";
  }

  make(number: number): Value {
    writeNumber(number, this.#bytes, DIGITS);
    return this.#isText ? this.#text.toString("latin1") : this.#bytes.slice();
  }
}

/** Whether the value is of this kind and length and carries this number. */
export function carries(
  value: Value | undefined,
  number: number,
  scene: {
    readonly kind: ValueKind;
    readonly valueBytes: number;
  },
): boolean {
  if (value === undefined || (typeof value === "string") !== (scene.kind === "text")) return false;
  const text = typeof value === "string" ? value : Buffer.from(value).toString("latin1");
  const wanted = String(number).padStart(DIGITS, "0").padEnd(scene.valueBytes, "v");
  return text === wanted;
}
