/**
 * How many memories a store takes, and what each of them gets of its settings.
 */
import type { Settings } from "../../base/settings.ts";

const MEBIBYTE = 1024 * 1024;

/**
 * What one memory can hold, in MiB. A WASM memory ends at 4 GiB; the 512 MiB below that are for the
 * hash table at this fill, the areas of the threads and the one page per class that may exceed
 * `-m`.
 */
export const MEMORY_HOLDS_MIB = 3584;

/** Most memories that a store may have: 1.75 TiB. */
export const MEMORIES_MAX = 512;

/** Hash power when `-o hashpower` is absent. */
export const HASH_POWER_DEFAULT = 16;

/** How many memories it takes. */
export function memoryCount(settings: Pick<Settings, "memoryLimit" | "memoriesLeast">): number {
  const needed = Math.ceil(settings.memoryLimit / (MEMORY_HOLDS_MIB * MEBIBYTE));
  return Math.max(settings.memoriesLeast, needed, 1);
}

/** A limit shared out: MiB for each memory, the first one's share the largest. */
export function limitShares(mebibytes: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.floor((mebibytes + count - 1 - i) / count));
}

/** The hash power of each memory's table, so that all together have the buckets of one. */
export function hashPowerShare(hashPower: number, count: number): number {
  return hashPower - Math.floor(Math.log2(count));
}

/** The settings of each memory. */
export function settingsShares(settings: Settings, count: number): Settings[] {
  const { hashPower, memoryLimit } = settings;
  const power = hashPowerShare(hashPower === 0 ? HASH_POWER_DEFAULT : hashPower, count);
  const shares: Settings[] = [];
  for (const mebibytes of limitShares(Math.floor(memoryLimit / MEBIBYTE), count)) {
    shares.push({ ...settings, memoryLimit: mebibytes * MEBIBYTE, hashPower: power });
  }
  return shares;
}
