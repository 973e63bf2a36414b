/**
 * Hashing a key, by each algorithm of `-o hash_algorithm`.
 */
import type { Benchmark } from "../support/benchmark.ts";
import { KeyTable } from "../support/key-table.ts";
import { startCore } from "../support/local-thread.ts";

const ALGORITHMS = ["murmur3", "jenkins", "xxh3"] as const;

/** Keys of 14 bytes are those of the server benchmark; 250 is the longest there is. */
const LENGTHS = [14, 40, 250];

/** Few enough to stay in the first cache: what is timed is the arithmetic. */
const KEYS = 64;

function hashing(algorithm: (typeof ALGORITHMS)[number], length: number): Benchmark {
  return {
    name: `hash ${algorithm}, ${length} bytes`,
    operations: 1,
    prepare: ({ memoryMebibytes }) => {
      const core = startCore({ hashAlgorithm: algorithm, memoryLimit: memoryMebibytes << 20 });
      const keys = new KeyTable(core, KEYS, length);
      let index = 0;
      return {
        call: () => core.abi.hashKey(keys.at(index++ & (KEYS - 1)), length),
      };
    },
  };
}

export const HASHING: readonly Benchmark[] = ALGORITHMS.flatMap((algorithm) =>
  LENGTHS.map((length) => hashing(algorithm, length)),
);
