/**
 * `stats detail`: counts by key prefix, the text before the first delimiter. Keys without it are
 * not counted (specification §2.11).
 */
import type { SharedMap } from "../base/shared-map.ts";

/** Places of an entry's numbers. */
const GET = 0;
const HIT = 1;
const SET = 2;
const DEL = 3;

export class PrefixStats {
  readonly #delimiter: string;
  readonly #counts: SharedMap;

  constructor(counts: SharedMap, delimiter: string) {
    this.#counts = counts;
    this.#delimiter = delimiter;
  }

  /** Adds 1 to each of the places, if the key has a prefix and there is room for it. */
  #count(key: string, ...places: number[]): void {
    const at = key.indexOf(this.#delimiter);
    if (at < 0) return;
    this.#counts.change(key.slice(0, at), (numbers) => {
      if (numbers === null) return;
      for (const place of places) (numbers[place] as number)++;
    });
  }

  countGet(key: string, isHit: boolean): void {
    if (isHit) this.#count(key, GET, HIT);
    else this.#count(key, GET);
  }

  countSet(key: string): void {
    this.#count(key, SET);
  }

  countDelete(key: string): void {
    this.#count(key, DEL);
  }

  reset(): void {
    this.#counts.clear();
  }

  /** The lines of `stats detail dump`, END included. */
  dump(): string {
    let text = "";
    for (const [prefix, counts] of this.#counts.entries()) {
      const [get, hit, set, del] = counts;
      text += `PREFIX ${prefix} get ${get} hit ${hit} set ${set} del ${del}\r\n`;
    }
    return `${text}END\r\n`;
  }
}
