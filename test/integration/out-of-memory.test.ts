/**
 * Goal: without evictions the server refuses when its memory is full, in memcached's words, and
 * keeps what it has.
 * Method: -m 3 -M filled with values of 10,240 bytes, by pymemcache and by a plain client, then
 * read back whole. With -o classic_sizes as many have to fit as in native memcached.
 */

import { expect, test } from "bun:test";
import { join } from "node:path";
import { run } from "../support/command-run.ts";
import { LiveServer } from "../support/live-server.ts";
import { SYSTEM_PYTHON, testWith } from "../support/peers.ts";

const SCRIPT = join(import.meta.dir, "peer-scripts", "pymemcache-session.py");
const VALUE_LENGTH = 10_240;

/** What is known to fit: memcached 1.4 had room for as many. */
const STORED_MIN = 282;

const REFUSAL = "SERVER_ERROR out of memory storing object";

function valueOf(i: number): string {
  return `${i},`.repeat(VALUE_LENGTH).slice(0, VALUE_LENGTH);
}

/** Stores under 0, 1, … until refused; how many were stored, and the refusal. */
async function fill(server: LiveServer): Promise<{ stored: number; refusal: string }> {
  const client = await server.connect();
  for (let stored = 0; stored < 1000; stored++) {
    const reply = await client.ask(`set ${stored} 0 0 ${VALUE_LENGTH}\r\n${valueOf(stored)}`);
    if (reply !== "STORED") return { stored, refusal: reply };
  }
  throw new Error("a thousand values fit into 3 MB");
}

testWith("python3-pymemcache", "pymemcache: -vv -m 3 -M takes 282 values or more", async () => {
  await using server = await LiveServer.start(["-vv", "-m", "3", "-M"]);
  const { text, errors } = await run([SYSTEM_PYTHON, "-B", SCRIPT, String(server.port), "fill"]);
  expect(errors).toBe("");
  expect(Number(text)).toBeGreaterThanOrEqual(STORED_MIN);
  expect(server.errors).toMatch(new RegExp(`^>\\d+ ${REFUSAL}$`, "m"));
});

test("a full server refuses, keeps every value, and takes more after a delete", async () => {
  await using server = await LiveServer.start(["-m", "3", "-M"]);
  const { stored, refusal } = await fill(server);
  expect(refusal).toBe(REFUSAL);
  expect(stored).toBeGreaterThanOrEqual(STORED_MIN);
  const client = await server.connect();
  for (let i = 0; i < stored; i++) {
    const [head, value] = await client.askAll(`get ${i}`);
    expect(head).toBe(`VALUE ${i} 0 ${VALUE_LENGTH}`);
    expect(value === valueOf(i)).toBe(true);
  }
  expect(await server.stat("evictions")).toBe(0);
  expect(await server.stat("store_no_memory")).toBe(1);
  expect(await server.stat("curr_items")).toBe(stored);
  const set = (key: string): Promise<string> =>
    client.ask(`set ${key} 0 0 ${VALUE_LENGTH}\r\n${valueOf(1)}`);
  expect(await set("more")).toBe(REFUSAL);
  expect(await client.ask("delete 7")).toBe("DELETED");
  expect(await set("more")).toBe("STORED");
  expect(await set("even-more")).toBe(REFUSAL);
});

test("a set that finds no memory removes the old value, other commands leave it", async () => {
  await using server = await LiveServer.start(["-m", "3", "-M"]);
  await fill(server);
  const client = await server.connect();
  const large = (verb: string, key: number): Promise<string> =>
    client.ask(`${verb} ${key} 0 0 ${VALUE_LENGTH}\r\n${valueOf(key)}`);
  expect(await large("replace", 1)).toBe(REFUSAL);
  expect(await client.askAll("get 1")).toHaveLength(3);
  expect(await large("set", 1)).toBe(REFUSAL);
  expect(await client.askAll("get 1")).toEqual(["END"]);
});

testWith(
  "memcached",
  "with -o classic_sizes as many values fit as in native memcached",
  async () => {
    await using own = await LiveServer.start(["-m", "3", "-M", "-o", "classic_sizes"]);
    await using native = await LiveServer.start(["-m", "3", "-M"], { program: "memcached" });
    expect(await fill(own)).toEqual(await fill(native));
  },
);
