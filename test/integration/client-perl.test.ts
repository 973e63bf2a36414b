/**
 * Goal: Perl's Cache::Memcached works with the server, stats included (it waits for a line that is
 * exactly END or ERROR).
 * Method: peer-scripts/cache-memcached-session.pl, which says what was not as expected.
 */

import { expect } from "bun:test";
import { join } from "node:path";
import { run } from "../support/command-run.ts";
import { LiveServer } from "../support/live-server.ts";
import { testWith } from "../support/peers.ts";

const SCRIPT = join(import.meta.dir, "peer-scripts", "cache-memcached-session.pl");

testWith("libcache-memcached-perl", "Cache::Memcached: a session of all its methods", async () => {
  await using server = await LiveServer.start();
  const { code, text, errors } = await run(["perl", SCRIPT, String(server.port)]);
  expect(errors).toBe("");
  expect(text).toBe("36 checks, 0 failed\n");
  expect(code).toBe(0);
});
