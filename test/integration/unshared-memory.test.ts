/**
 * The check at the start of every thread that it sees the memory of the others.
 *
 * Goal: where a runtime gives a thread another memory than the one that it was posted, empty of
 * what was written last or a copy of all of it, the process ends with a line that says what to do,
 * before it listens. Method: a script that Bun runs first, which puts another memory into the
 * message that starts a thread; and the same script without doing that.
 */
import { afterAll, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { LiveServer } from "../support/live-server.ts";
import { join } from "node:path";
import { tmpdir } from "node:os";

const MAIN = join(import.meta.dirname, "../../src/main/main.ts");

/** Enough for what a thread reads while it joins: the rest of a new memory is not touched. */
const COPIED = 16 * 1024 * 1024;

const place = mkdtempSync(join(tmpdir(), "wasmcached-unshared-"));
afterAll(() => rmSync(place, { recursive: true }));

/** What happens to memory `BROKEN_MEMORY` of the message to thread `BROKEN_THREAD`. */
const SCRIPT = `
const post = Worker.prototype.postMessage;
const { BROKEN_MEMORY, BROKEN_THREAD, BROKEN_HOW } = process.env;
let early = null;

function copy(memory) {
  const pages = memory.buffer.byteLength / 65536;
  const other = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  new Uint8Array(other.buffer).set(new Uint8Array(memory.buffer, 0, ${COPIED}));
  return other;
}

Worker.prototype.postMessage = function (message) {
  if (message.kind !== "start") return post.call(this, message);
  const core = [...message.core];
  const share = core[BROKEN_MEMORY];
  if (share !== undefined) early ??= copy(share.memory);
  if (String(message.thread) === BROKEN_THREAD) {
    const memory = BROKEN_HOW === "early" ? early : copy(share.memory);
    core[BROKEN_MEMORY] = { ...share, memory };
  }
  return post.call(this, { ...message, core });
};
`;

const preload = join(place, "preload.js");
const program = join(place, "server");
writeFileSync(preload, SCRIPT);
writeFileSync(program, `#!/bin/sh\nexec ${process.execPath} --preload ${preload} ${MAIN} "$@"\n`);
chmodSync(program, 0o755);

function optionsOf(memories: number, memory: number, thread: number, how: string) {
  const environment = {
    WASMCACHED_MEMORIES: String(memories),
    BROKEN_MEMORY: String(memory),
    BROKEN_THREAD: String(thread),
    BROKEN_HOW: how,
  };
  return { program, environment };
}

test.each([
  ["worker thread 2", "a copy of it", optionsOf(1, 0, 2, "copy")],
  ["worker thread 2", "one from before", optionsOf(1, 0, 2, "early")],
  ["maintenance thread", "a copy of it", optionsOf(1, 0, 3, "copy")],
  ["worker thread 2", "a copy of the last of three", optionsOf(3, 2, 2, "copy")],
])("%s gets %s", async (name, _, options) => {
  await using server = LiveServer.launch(["-t", "2"], options);
  expect(await server.ended()).toBe(1);
  const trouble = "does not see the memory that it shares with the others: use -t 1";
  expect(server.errors).toBe(`${name} ${trouble}\n`);
  // With -p -1 it says where it listens.
  expect(server.output).toBe("");
});

test("all get the memory that is shared", async () => {
  await using server = await LiveServer.start(["-t", "2"], optionsOf(1, 0, 4, "copy"));
  expect(server.output).toStartWith("listening on ");
  const client = await server.connect();
  expect(await client.ask("set key 0 0 1\r\nx")).toBe("STORED");
});
