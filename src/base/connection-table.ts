/**
 * Every connection and listener of the process, by descriptor: what `stats conns` shows, and how
 * many may still come.
 *
 * One slot for each descriptor number, in memory that all threads share. The thread that serves a
 * connection writes its slot; anybody may read it meanwhile, and gets what stood there a moment
 * ago.
 *
 *     0       4               8        12             128
 *     ┌───────┬───────────────┬────────┬──────────────┬──────────────┐
 *     │ state │ lastCommandAt │ ticket │ length, text │ length, text │
 *     └───────┴───────────────┴────────┴──────────────┴──────────────┘
 *                                        its address    that of its listener
 *
 * A descriptor number may be another connection's again before the thread that served the last one
 * has noticed its end: the ticket tells them apart.
 */

/** Bytes of a slot, and where the texts begin in it. A Unix socket's path has at most 107 bytes. */
const SLOT = 256;
const ADDRESS_AT = 12;
const LISTEN_ADDRESS_AT = 128;
const TEXT_MAX = 115;

const STATE = 0;
const LAST_COMMAND = 1;
const TICKET = 2;

/** Words before the first slot: open connections, descriptors ever used, tickets given out. */
const OPEN = 0;
const SEEN = 1;
const TICKETS = 2;
const HEAD = SLOT;

/** State words: 0 = never used, 1 = closed, above it a state and 2. */
const CLOSED = 1;
const STATE_BASE = 2;

/** A slot in use. */
export interface TableEntry {
  readonly id: number;
  readonly state: number;
  /** Internal seconds. */
  readonly lastCommandAt: number;
  readonly address: string;
  /** Null for a listener. */
  readonly listenAddress: string | null;
}

export class ConnectionTable {
  /** What another thread needs to join. */
  readonly shared: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #slots: number;

  private constructor(shared: SharedArrayBuffer) {
    this.shared = shared;
    this.#words = new Int32Array(shared);
    this.#bytes = new Uint8Array(shared);
    this.#slots = (shared.byteLength - HEAD) / SLOT;
  }

  /** @param descriptors numbers below it can be shown; memory is taken as they are used */
  static start(descriptors: number): ConnectionTable {
    return new ConnectionTable(new SharedArrayBuffer(HEAD + descriptors * SLOT));
  }

  static join(shared: SharedArrayBuffer): ConnectionTable {
    return new ConnectionTable(shared);
  }

  /** One connection more, if there are fewer than `limit`; false otherwise. */
  admit(limit: number): boolean {
    if (Atomics.add(this.#words, OPEN, 1) < limit) return true;
    Atomics.sub(this.#words, OPEN, 1);
    return false;
  }

  /** An admitted connection has ended, or came to nothing. */
  discharge(): void {
    Atomics.sub(this.#words, OPEN, 1);
  }

  /** Descriptor numbers ever used for a connection or listener. */
  get seenCount(): number {
    return this.#words[SEEN] as number;
  }

  #at(id: number): number {
    return id < this.#slots ? HEAD + id * SLOT : -1;
  }

  /** Fills the slot; returns the ticket that `close` wants to see. */
  open(
    id: number,
    address: string,
    listenAddress: string | null,
    state: number,
    now: number,
  ): number {
    const at = this.#at(id);
    if (at < 0) return 0;
    const ticket = Atomics.add(this.#words, TICKETS, 1);
    this.#writeText(at + ADDRESS_AT, address);
    this.#writeText(at + LISTEN_ADDRESS_AT, listenAddress ?? "");
    this.#words[at / 4 + LAST_COMMAND] = now;
    this.#words[at / 4 + TICKET] = ticket;
    const before = Atomics.exchange(this.#words, at / 4 + STATE, state + STATE_BASE);
    if (before === 0) Atomics.add(this.#words, SEEN, 1);
    return ticket;
  }

  #writeText(at: number, text: string): void {
    const room = this.#bytes.subarray(at + 1, at + 1 + TEXT_MAX);
    this.#bytes[at] = new TextEncoder().encodeInto(text, room).written;
  }

  #readText(at: number): string {
    // A copy: decoders may refuse shared memory.
    const text = this.#bytes.slice(at + 1, at + 1 + (this.#bytes[at] as number));
    return new TextDecoder().decode(text);
  }

  update(id: number, state: number, lastCommandAt: number): void {
    if (id >= this.#slots) return;
    const word = (HEAD + id * SLOT) / 4;
    this.#words[word + STATE] = state + STATE_BASE;
    this.#words[word + LAST_COMMAND] = lastCommandAt;
  }

  /** What stood at `from` stands at `to`; whoever has `from` next opens it anew. */
  move(from: number, to: number): void {
    const [source, target] = [this.#at(from), this.#at(to)];
    if (source < 0 || target < 0) return;
    const before = Atomics.exchange(this.#words, target / 4 + STATE, CLOSED);
    if (before === 0) Atomics.add(this.#words, SEEN, 1);
    this.#bytes.copyWithin(target + 4, source + 4, source + SLOT);
    const state = Atomics.exchange(this.#words, source / 4 + STATE, CLOSED);
    this.#words[target / 4 + STATE] = state;
  }

  close(id: number, ticket: number): void {
    if (id >= this.#slots) return;
    const word = (HEAD + id * SLOT) / 4;
    if (this.#words[word + TICKET] === ticket) this.#words[word + STATE] = CLOSED;
  }

  /** The slot of a descriptor, or null when it is not in use. */
  entry(id: number): TableEntry | null {
    const at = this.#at(id);
    if (at < 0) return null;
    const state = this.#words[at / 4 + STATE] as number;
    if (state < STATE_BASE) return null;
    const listenAddress = this.#readText(at + LISTEN_ADDRESS_AT);
    return {
      id,
      state: state - STATE_BASE,
      lastCommandAt: this.#words[at / 4 + LAST_COMMAND] as number,
      address: this.#readText(at + ADDRESS_AT),
      listenAddress: listenAddress === "" ? null : listenAddress,
    };
  }

  /** All slots in use, by descriptor. */
  *entries(): Iterable<TableEntry> {
    let left = this.seenCount;
    for (let id = 0; id < this.#slots && left > 0; id++) {
      if (this.#words[(HEAD + id * SLOT) / 4 + STATE] !== 0) left--;
      const entry = this.entry(id);
      if (entry !== null) yield entry;
    }
  }
}
