/**
 * A tape of calls for comparing builds: the same seed makes the same calls, and every answer is
 * written down as text.
 */
import { CoreDriver, type CoreShape } from "../support/core-driver.ts";
import type { CoreBuild } from "../../src/core/load.ts";
import type { StoreMode } from "../../assembly/shared/status.ts";
import { DELTAS, EXPIRIES, NUMBER_TEXTS } from "../property/store-operation.ts";
import { Random } from "../support/random.ts";
import { latin1 } from "../support/bytes.ts";

/**
 * No two of these keys share an item lock. One that did would not be evicted by an append to the
 * other, where there are locks: so the builds would differ.
 */
export const TAPE_KEYS = Array.from({ length: 60 }, (_, index) => `key:${index}`);

const STORE_MODE_COUNT = 6;
const LENGTHS = [0, 5, 100, 900, 5000, 33_000, 300_000];

/** Memory small enough that the tape evicts. */
export const TAPE_SHAPE: CoreShape = { memoryMiB: 2, growthFactor: 2, trackSizes: true };

export interface Recording {
  readonly driver: CoreDriver;
  readonly answers: string[];
}

function randomValue(random: Random): Uint8Array {
  if (random.oneIn(2)) return latin1(random.pick(NUMBER_TEXTS));
  return new Uint8Array(random.pick(LENGTHS) + random.below(9)).fill(random.below(256));
}

function fetched(driver: CoreDriver, key: string, random: Random, expiresAt: number): string {
  const found = driver.fetch(key, random.below(8), expiresAt);
  if (found === null) return "miss";
  const { clientFlags, value, casUnique, held } = found;
  // An answer names no address: those are the memory comparison's affair.
  if (held !== null) driver.release(held.itemPtr);
  return `${clientFlags} ${Bun.hash.wyhash(value)} ${casUnique} ${held !== null}`;
}

function call(driver: CoreDriver, random: Random, now: number): string {
  const key = random.pick(TAPE_KEYS);
  const expiry = random.pick(EXPIRIES);
  const expiresAt = expiry === 0 ? 0 : now + expiry;
  const choice = random.below(16);
  if (choice < 6) {
    const mode: StoreMode = random.below(STORE_MODE_COUNT);
    const casUnique = BigInt(random.below(100));
    const clientFlags = random.below(3);
    const value = randomValue(random);
    return `store ${driver.store(mode, { key, value, clientFlags, expiresAt, casUnique })}`;
  }
  if (choice < 11) return `fetch ${fetched(driver, key, random, expiresAt)}`;
  if (choice < 13) return `change ${driver.change(key, random.oneIn(2), random.pick(DELTAS))}`;
  if (choice === 13) return `touch ${driver.touch(key, expiresAt)}`;
  if (choice === 14) return `remove ${driver.remove(key)}`;
  if (random.oneIn(10)) driver.flush(now - 1, true);
  return `items ${driver.items} ${driver.bytes}`;
}

/** Plays `count` calls on `driver`, from `now` on. */
export function play(driver: CoreDriver, seed: number, count: number, from = 100): string[] {
  const random = new Random(seed);
  const answers: string[] = [];
  let now = from;
  for (let index = 0; index < count; index++) {
    if (random.oneIn(8)) now += random.below(40);
    driver.now = now;
    answers.push(call(driver, random, now));
  }
  return answers;
}

export function record(build: CoreBuild, seed: number, count: number): Recording {
  const driver = new CoreDriver(TAPE_SHAPE, build);
  return { driver, answers: play(driver, seed, count) };
}
