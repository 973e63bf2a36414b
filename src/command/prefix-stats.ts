/**
 * `stats detail`: counts by key prefix, the text before the first delimiter. Keys without it are
 * not counted (specification §2.11).
 */

/** More prefixes are not recorded. */
const PREFIXES_MAX = 65536;

interface PrefixCounts {
  get: number;
  hit: number;
  set: number;
  del: number;
}

export class PrefixStats {
  delimiter = ":";
  readonly #counts = new Map<string, PrefixCounts>();

  #of(key: string): PrefixCounts | null {
    const at = key.indexOf(this.delimiter);
    if (at < 0) return null;
    const prefix = key.slice(0, at);
    let counts = this.#counts.get(prefix);
    if (counts === undefined) {
      if (this.#counts.size >= PREFIXES_MAX) return null;
      counts = { get: 0, hit: 0, set: 0, del: 0 };
      this.#counts.set(prefix, counts);
    }
    return counts;
  }

  countGet(key: string, isHit: boolean): void {
    const counts = this.#of(key);
    if (counts === null) return;
    counts.get++;
    if (isHit) counts.hit++;
  }

  countSet(key: string): void {
    const counts = this.#of(key);
    if (counts !== null) counts.set++;
  }

  countDelete(key: string): void {
    const counts = this.#of(key);
    if (counts !== null) counts.del++;
  }

  reset(): void {
    this.#counts.clear();
  }

  /** The lines of `stats detail dump`, END included. */
  dump(): string {
    let text = "";
    for (const [prefix, { get, hit, set, del }] of this.#counts) {
      text += `PREFIX ${prefix} get ${get} hit ${hit} set ${set} del ${del}\r\n`;
    }
    return `${text}END\r\n`;
  }
}
