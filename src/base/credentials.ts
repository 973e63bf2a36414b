/**
 * Users and their passwords, as files have them: that of `-Y` (specification §6.2), and the
 * password database of SASL.
 *
 * A check takes the same time whoever asks and whatever is wrong: names and passwords are compared
 * as digests, in constant time, and every entry is looked at. The passwords themselves are not
 * kept.
 */
import { createHash, timingSafeEqual } from "node:crypto";

/** Of the file of `-Y`, entries behind the eighth are not read, as in memcached. */
const ENTRIES_MAX = 8;

/** Bytes of a line of it. */
const LINE_MAX = 255;

/** A line is empty, too long or without a colon, or there is no line at all. */
export class MalformedCredentials extends Error {
  constructor() {
    super("Should be 'user:password'");
    this.name = "MalformedCredentials";
  }
}

interface Entry {
  readonly user: Uint8Array;
  readonly password: Uint8Array;
}

/** Where a password ends. */
const PASSWORD_END = /[\0\r]/;

function digest(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest();
}

/** The digest of a text that has a byte in each character. */
function digestText(text: string): Uint8Array {
  return digest(Buffer.from(text, "latin1"));
}

function parseLine(line: string): Entry {
  const colon = line.indexOf(":");
  const user = line.slice(0, Math.max(0, colon));
  if (colon < 0 || line.length > LINE_MAX || user.includes("\0")) throw new MalformedCredentials();
  const [password = ""] = line.slice(colon + 1).split(PASSWORD_END, 1);
  return { user: digestText(user), password: digestText(password) };
}

export class Credentials {
  readonly #entries: readonly Entry[];

  private constructor(entries: readonly Entry[]) {
    this.#entries = entries;
  }

  /**
   * The file of `-Y`: the first colon of a line divides it, a CR or a NUL ends its password. The
   * last line may lack its line feed.
   *
   * @param text a byte a character (latin1)
   * @throws MalformedCredentials
   */
  static parse(text: string): Credentials {
    const lines = text.split("\n");
    if (lines.at(-1) === "") lines.pop();
    if (lines.length === 0) throw new MalformedCredentials();
    return new Credentials(lines.slice(0, ENTRIES_MAX).map(parseLine));
  }

  /**
   * The password database of SASL: fields may follow the password, each after a colon. A password
   * may hold colons all the same: whatever ends at a colon or at the end of the line is one. Lines
   * without a colon name nobody, and only the first line of a user counts.
   *
   * @param text a byte a character (latin1)
   */
  static parseFields(text: string): Credentials {
    const entries: Entry[] = [];
    const known = new Set<string>();
    for (const [name, fields] of pairsOf(text)) {
      if (known.has(name)) continue;
      known.add(name);
      const user = digestText(name);
      for (const password of prefixesOf(fields)) {
        entries.push({ user, password: digestText(password) });
      }
    }
    return new Credentials(entries);
  }

  /** Whether this user has this password. */
  check(user: Uint8Array, password: Uint8Array): boolean {
    const userDigest = digest(user);
    const passwordDigest = digest(password);
    let matches = 0;
    for (const entry of this.#entries) {
      const isUser = Number(timingSafeEqual(entry.user, userDigest));
      const isPassword = Number(timingSafeEqual(entry.password, passwordDigest));
      matches |= isUser & isPassword;
    }
    return matches !== 0;
  }
}

/** Name and rest of each line that has a colon; a CR before the line's end is no part of it. */
function* pairsOf(text: string): Iterable<readonly [string, string]> {
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    if (colon >= 0) yield [line.slice(0, colon), line.slice(colon + 1).replace(/\r$/, "")];
  }
}

/** What stands before each colon, and the whole. */
function* prefixesOf(text: string): Iterable<string> {
  for (let at = text.indexOf(":"); at >= 0; at = text.indexOf(":", at + 1)) {
    yield text.slice(0, at);
  }
  yield text;
}
