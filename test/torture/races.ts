/**
 * Workload: races that exactly one connection wins.
 *
 * All connections walk through the same keys: each one adds every key of the first series, and
 * deletes every key of the second, which were there from the start. Exactly one add of each key is
 * STORED, exactly one delete DELETED. Besides there are toggles that anybody adds and deletes: adds
 * that were STORED and deletes that were DELETED take turns, so their numbers differ by what is
 * there at the end. Exact worlds only.
 */
import type { Batch } from "./batch.ts";
import type { Hit } from "./reply-reader.ts";
import type { LoadClient } from "./load-client.ts";
import type { Random } from "../support/random.ts";
import { Violation, unexpected } from "./violation.ts";
import { type Workload, type World, exchangeOnce, expectEnd, runsOf } from "./workload.ts";

const STEPS_MAX = 20;

interface Race {
  readonly key: string;
  /** Who won, and how many were told that they did. */
  winner: number;
  wins: number;
  tries: number;
}

function newRace(key: string): Race {
  return { key, winner: -1, wins: 0, tries: 0 };
}

interface Toggle {
  readonly key: string;
  balance: number;
}

export class Races implements Workload {
  readonly #added: readonly Race[];
  readonly #deleted: readonly Race[];
  readonly #toggles: readonly Toggle[];
  /** How far each connection has come in both series. */
  readonly #positions: number[];

  constructor(world: World, count: number, toggles: number) {
    this.#added = Array.from({ length: count }, (_, i) => newRace(`added:${i}`));
    this.#deleted = Array.from({ length: count }, (_, i) => newRace(`deleted:${i}`));
    this.#toggles = Array.from({ length: toggles }, (_, i) => ({ key: `toggle:${i}`, balance: 0 }));
    this.#positions = Array.from({ length: world.writers }, () => 0);
  }

  *keys(): Iterable<string> {
    for (const { key } of [...this.#added, ...this.#deleted, ...this.#toggles]) yield key;
  }

  prepare(batch: Batch): void {
    for (const { key } of this.#deleted) {
      batch.store("set", key, Buffer.from("x"), {}, (line) => {
        if (line !== "STORED") throw unexpected(`set ${key}`, "STORED", line);
      });
    }
  }

  add(batch: Batch, random: Random, writer: number): void {
    if (random.oneIn(2)) this.#toggle(batch, random);
    const from = this.#positions[writer] as number;
    const to = Math.min(from + 1 + random.below(STEPS_MAX), this.#added.length);
    this.#positions[writer] = to;
    for (let i = from; i < to; i++) {
      this.#tryToAdd(batch, this.#added[i] as Race, writer);
      this.#tryToDelete(batch, this.#deleted[i] as Race, writer);
    }
  }

  #tryToAdd(batch: Batch, race: Race, writer: number): void {
    race.tries++;
    batch.store("add", race.key, Buffer.from(String(writer)), {}, (line) => {
      this.#finish(race, writer, line, "STORED", "NOT_STORED");
    });
  }

  #tryToDelete(batch: Batch, race: Race, writer: number): void {
    race.tries++;
    batch.remove(race.key, (line) => this.#finish(race, writer, line, "DELETED", "NOT_FOUND"));
  }

  #finish(race: Race, writer: number, line: string, won: string, lost: string): void {
    if (line === won) {
      race.wins++;
      race.winner = writer;
    } else if (line !== lost) throw unexpected(race.key, `${won} or ${lost}`, line);
    if (race.wins < 2) return;
    throw new Violation(`more than one ${won}`, { key: race.key, "the second was": writer });
  }

  #toggle(batch: Batch, random: Random): void {
    const toggle = random.pick(this.#toggles);
    const { key } = toggle;
    for (let left = 1 + random.below(STEPS_MAX); left > 0; left--) {
      if (random.oneIn(2)) {
        batch.store("add", key, Buffer.from("x".repeat(random.below(300))), {}, (line) => {
          if (line === "STORED") toggle.balance++;
        });
      } else {
        batch.remove(key, (line) => {
          if (line === "DELETED") toggle.balance--;
        });
      }
    }
  }

  async verify(client: LoadClient): Promise<number> {
    for (const race of [...this.#added, ...this.#deleted]) {
      if (race.tries === 0 || race.wins === 1) continue;
      throw new Violation("a race that nobody won", { key: race.key, tries: race.tries });
    }
    const found = new Map<string, string>();
    const hit = ({ key, value }: Hit): void => void found.set(key, value.toString("latin1"));
    await exchangeOnce(client, (batch) => {
      for (const run of runsOf([...this.keys()], 50)) batch.fetch("get", run, hit, expectEnd);
    });
    for (const { key, wins, winner } of this.#added) {
      const right = wins === 0 ? undefined : String(winner);
      if (found.get(key) !== right) {
        throw new Violation("not the winner's value", { key, winner, got: found.get(key) });
      }
    }
    for (const { key, wins } of this.#deleted) {
      if (found.has(key) === (wins === 1)) throw new Violation("a delete was lost", { key, wins });
    }
    for (const { key, balance } of this.#toggles) {
      if (balance === (found.has(key) ? 1 : 0)) continue;
      const details = { key, "STORED less DELETED": balance, "is there": found.has(key) };
      throw new Violation("adds and deletes that do not match", details);
    }
    return found.size;
  }
}
