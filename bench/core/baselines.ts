/**
 * What the same would cost with the language's own means: a number has a meaning beside another
 * one.
 */
import { Random } from "../server/random.ts";
import type { Benchmark } from "../support/benchmark.ts";
import { SEED, type Values } from "../support/parameters.ts";

const keyText = (index: number): string => `key:${String(index).padStart(10, "0")}`;

interface Scene {
  readonly map: Map<string, Uint8Array>;
  readonly keys: readonly string[];
  readonly random: Random;
}

function filledMap({ keyCount, valueLength }: Values): Scene {
  const keys = Array.from({ length: keyCount }, (_, index) => keyText(index));
  const map = new Map(keys.map((key, index) => [key, new Uint8Array(valueLength).fill(index)]));
  return { map, keys, random: new Random(SEED) };
}

/** Keys are strings made beforehand: a server would have to make each from bytes first. */
export const BASELINES: readonly Benchmark[] = [
  {
    name: "baseline: Map, get",
    operations: 1,
    prepare: (values) => {
      const { map, keys, random } = filledMap(values);
      return { call: () => map.get(keys[random.below(keys.length)] as string)?.[0] ?? -1 };
    },
  },
  {
    name: "baseline: Map, get by a key in bytes",
    operations: 1,
    prepare: (values) => {
      const { map, keys, random } = filledMap(values);
      const bytes = keys.map((key) => Buffer.from(key));
      return {
        call: () => {
          const key = bytes[random.below(keys.length)] as Buffer;
          return map.get(key.toString("latin1"))?.[0] ?? -1;
        },
      };
    },
  },
  {
    name: "baseline: Map, set",
    operations: 1,
    prepare: (values) => {
      const { map, keys, random } = filledMap(values);
      let calls = 0;
      return {
        call: () => {
          const value = new Uint8Array(values.valueLength).fill(calls++);
          map.set(keys[random.below(keys.length)] as string, value);
          return map.size;
        },
      };
    },
  },
];
