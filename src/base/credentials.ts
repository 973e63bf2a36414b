/**
 * Users and their passwords, as a file of `user:password` lines has them (specification §6.2).
 *
 * Used by text authentication (`-Y`) and by SASL. A check takes the same time whichever users there
 * are and wherever a password differs: what a client tries is compared, over the longest length a
 * line can have, with every entry.
 */

/** Entries behind the eighth are not read, as in memcached. */
const ENTRIES_MAX = 8;

/** Bytes of a line. */
const LINE_MAX = 255;

const COLON = 0x3a;

/** A line is empty, too long or without a colon, or there is no line at all. */
export class MalformedCredentials extends Error {
  constructor() {
    super("Should be 'user:password'");
    this.name = "MalformedCredentials";
  }
}

/** A name or a password: its bytes in front, zeros behind, its length at the end. */
function padded(bytes: Uint8Array): Uint8Array {
  const word = new Uint8Array(LINE_MAX + 2);
  word.set(bytes.subarray(0, LINE_MAX));
  word[LINE_MAX] = bytes.length & 0xff;
  word[LINE_MAX + 1] = Math.min(bytes.length >> 8, 0xff);
  return word;
}

/** 0 when both are the same. */
function difference(a: Uint8Array, b: Uint8Array): number {
  let bits = 0;
  for (let i = 0; i < LINE_MAX + 2; i++) bits |= (a[i] as number) ^ (b[i] as number);
  return bits;
}

interface Entry {
  readonly user: Uint8Array;
  readonly password: Uint8Array;
}

function parseLine(line: string): Entry {
  const bytes = new TextEncoder().encode(line);
  const colon = bytes.indexOf(COLON);
  if (colon < 0 || bytes.length > LINE_MAX) throw new MalformedCredentials();
  return { user: padded(bytes.subarray(0, colon)), password: padded(bytes.subarray(colon + 1)) };
}

export class Credentials {
  readonly #entries: readonly Entry[];

  private constructor(entries: readonly Entry[]) {
    this.#entries = entries;
  }

  /**
   * The first colon of a line divides it. The last line may lack its line feed.
   *
   * @throws MalformedCredentials
   */
  static parse(text: string): Credentials {
    const lines = text.split("\n");
    if (lines.at(-1) === "") lines.pop();
    if (lines.length === 0) throw new MalformedCredentials();
    return new Credentials(lines.slice(0, ENTRIES_MAX).map(parseLine));
  }

  /** Whether this user has this password. */
  check(user: Uint8Array, password: Uint8Array): boolean {
    const triedUser = padded(user);
    const triedPassword = padded(password);
    let matches = 0;
    for (const entry of this.#entries) {
      const bits = difference(entry.user, triedUser) | difference(entry.password, triedPassword);
      // 1 for no difference, without a branch.
      matches |= ((bits - 1) >>> 31) & 1;
    }
    return matches === 1;
  }
}
