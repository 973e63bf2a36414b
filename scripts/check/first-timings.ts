/**
 * How long the test files take, for the first run of a checkout.
 *
 * The runner starts the slowest files first, and those that it has no time of before all others:
 * so a file that knows the slow ones alone would put them last. Later runs have measured times.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Seconds, about, on a machine with two processors. Only their order counts. */
export const SLOW_FILES: Readonly<Record<string, number>> = {
  "test/cache/package.test.ts": 180,
  "test/transcript/tcp-threads.test.ts": 90,
  "test/soak/soak.test.ts": 70,
  "test/integration/threads.test.ts": 55,
  "test/transcript/splits.test.ts": 50,
  "test/unit/bench-memory-smoke.test.ts": 48,
  "test/transcript/server.test.ts": 45,
  "test/integration/several-memories.test.ts": 35,
  "test/property/store.test.ts": 25,
  "test/unit/bench-cache-smoke.test.ts": 22,
  "test/integration/debug-commands.test.ts": 19,
  "test/differential/full-memory.test.ts": 18,
  "test/property/segments.test.ts": 17,
  "test/fuzz/fuzz.test.ts": 15,
  "test/model/protocol.test.ts": 13,
  "test/transcript/memories.test.ts": 13,
};

/** Of any other file. */
const SECONDS = 1;

/** Writes the times of all test files where no run has left any. */
export function seedTimings(root: string, file: string): void {
  if (existsSync(file)) return;
  const names = [...new Bun.Glob("test/**/*.test.ts").scanSync(root)].sort();
  const files = Object.fromEntries(
    names.map((name) => [name, 1000 * (SLOW_FILES[name] ?? SECONDS)]),
  );
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ version: 1, files }));
}
