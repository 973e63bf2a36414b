/**
 * A text that all threads share, replaced as a whole: certificates, users.
 *
 * Whoever reads a new one from a file publishes it; the others compare `version`, one load, each
 * time they need the text, and read it when it has changed. So once `publish` has returned nobody
 * works with an older one.
 *
 *     head   lock │ version │ length │ publishedAt
 *     bytes  the text, UTF-8
 *
 * For what changes by hand: reading and publishing take the text's lock.
 */

const LOCK = 0;
const VERSION = 1;
const LENGTH = 2;
const PUBLISHED_AT = 3;
const HEAD_WORDS = 4;

export class SharedText {
  /** What another thread needs to join. */
  readonly shared: SharedArrayBuffer;
  readonly #head: Int32Array;
  readonly #bytes: Uint8Array;

  private constructor(shared: SharedArrayBuffer) {
    this.shared = shared;
    this.#head = new Int32Array(shared, 0, HEAD_WORDS);
    this.#bytes = new Uint8Array(shared, HEAD_WORDS * 4);
  }

  /** @param capacity bytes of the longest text; memory is taken as it is used */
  static start(capacity: number): SharedText {
    return new SharedText(new SharedArrayBuffer(HEAD_WORDS * 4 + capacity));
  }

  static join(shared: SharedArrayBuffer): SharedText {
    return new SharedText(shared);
  }

  /** Rises with each new text; 0 = there is none yet. */
  get version(): number {
    return Atomics.load(this.#head, VERSION);
  }

  /** Internal seconds of the last `publish`. */
  get publishedAt(): number {
    return Atomics.load(this.#head, PUBLISHED_AT);
  }

  /** Replaces the text; false when it is too long. */
  publish(text: string, now: number): boolean {
    const encoded = new TextEncoder().encode(text);
    if (encoded.length > this.#bytes.length) return false;
    this.#locked(() => {
      this.#bytes.set(encoded);
      this.#head[LENGTH] = encoded.length;
      Atomics.store(this.#head, PUBLISHED_AT, now);
      Atomics.add(this.#head, VERSION, 1);
    });
    return true;
  }

  read(): { readonly text: string; readonly version: number } {
    return this.#locked(() => {
      // A copy: decoders may refuse shared memory.
      const bytes = this.#bytes.slice(0, this.#head[LENGTH]);
      return { text: new TextDecoder().decode(bytes), version: this.version };
    });
  }

  #locked<T>(work: () => T): T {
    while (Atomics.compareExchange(this.#head, LOCK, 0, 1) !== 0) Atomics.wait(this.#head, LOCK, 1);
    try {
      return work();
    } finally {
      Atomics.store(this.#head, LOCK, 0);
      Atomics.notify(this.#head, LOCK);
    }
  }
}
