/**
 * The SASL password database: the file that `MEMCACHED_SASL_PWDB` names, read anew for every
 * attempt, so that a change counts at once.
 *
 * What was read is kept as long as the file says the same: digesting a long list takes time.
 */
import { readFileSync } from "node:fs";
import { Credentials } from "./credentials.ts";

/** memcached reads lines into a buffer of 256 bytes; 4 of them are for what is not name or word. */
const ENTRY_LENGTH_MAX = 252;

export class PasswordFile {
  readonly path: string | null;
  #text = "";
  #credentials = Credentials.parseFields("");

  constructor(path: string | null) {
    this.path = path;
  }

  /** Whether the pair is in the file. Without a file, or with one that cannot be read, never. */
  check(user: Uint8Array, password: Uint8Array): boolean {
    if (user.length + password.length > ENTRY_LENGTH_MAX) return false;
    const text = this.#read();
    if (text === null) return false;
    if (text !== this.#text) {
      this.#credentials = Credentials.parseFields(text);
      this.#text = text;
    }
    return this.#credentials.check(user, password);
  }

  #read(): string | null {
    if (this.path === null) return null;
    try {
      return readFileSync(this.path, "latin1");
    } catch {
      return null;
    }
  }
}
