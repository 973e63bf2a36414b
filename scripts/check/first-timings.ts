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
  "test/cache/package.test.ts": 171,
  "test/transcript/tcp-threads.test.ts": 133,
  "test/integration/key-dumps.test.ts": 72,
  "test/soak/soak.test.ts": 65,
  "test/transcript/server.test.ts": 63,
  "test/integration/large-values.test.ts": 59,
  "test/integration/slab-moves.test.ts": 59,
  "test/property/store.test.ts": 54,
  "test/transcript/splits.test.ts": 54,
  "test/differential/differential.test.ts": 53,
  "test/unit/bench-memory-smoke.test.ts": 50,
  "test/torture/torture.test.ts": 48,
  "test/cache/table.test.ts": 45,
  "test/integration/tls.test.ts": 35,
  "test/integration/client-spymemcached.test.ts": 33,
  "test/unit/bench-cache-smoke.test.ts": 32,
  "test/property/segments.test.ts": 28,
  "test/cache/model.test.ts": 27,
  "test/integration/long-get-lines.test.ts": 24,
  "test/integration/udp.test.ts": 23,
  "test/integration/listening.test.ts": 22,
  "test/integration/threads.test.ts": 18,
  "test/transcript/native.test.ts": 17,
  "test/integration/several-memories.test.ts": 17,
  "test/model/protocol.test.ts": 15,
  "test/integration/client-npm-memjs.test.ts": 14,
  "test/integration/client-nutcracker.test.ts": 14,
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
