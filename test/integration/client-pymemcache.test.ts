/**
 * Goal: pymemcache, a client people use, works with the server in all it can do.
 * Method: peer-scripts/pymemcache-session.py run in parts, each against the same server.
 */

import { afterAll, beforeAll, expect } from "bun:test";
import { join } from "node:path";
import { run } from "../support/command-run.ts";
import { LiveServer } from "../support/live-server.ts";
import { SYSTEM_PYTHON, testWith } from "../support/peers.ts";

const SCRIPT = join(import.meta.dir, "peer-scripts", "pymemcache-session.py");

let server: LiveServer;
beforeAll(async () => {
  server = await LiveServer.start();
});
afterAll(() => server.stop());

const PARTS: readonly (readonly [part: string, what: string])[] = [
  ["store", "set, add, replace, append, prepend, delete"],
  ["many", "a thousand keys stored, fetched and deleted together"],
  ["arithmetic", "incr and decr with their padding and wrapping"],
  ["unique", "gets and cas"],
  ["times", "expiry and touch"],
  ["octets", "binary values up to the largest"],
  ["errors", "too large, key too long, unknown command are its own exceptions"],
  ["silent", "noreply hides every reply and leaves the connection in step"],
  ["administration", "version, stats, settings, cache_memlimit, flush_all, quit"],
  ["pooled", "a pool of connections"],
];

for (const [part, what] of PARTS) {
  testWith("python3-pymemcache", `pymemcache: ${what}`, async () => {
    const { code, errors } = await run([SYSTEM_PYTHON, "-B", SCRIPT, String(server.port), part]);
    expect(errors).toBe("");
    expect(code).toBe(0);
  });
}
