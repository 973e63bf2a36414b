/**
 * Goal: programs that others wrote work with the server over the binary protocol.
 * Method: memccapable's tests of it, and files copied with libmemcached's tools.
 */

import { afterAll, beforeAll, expect } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CommandRun, run } from "../support/command-run.ts";
import { LiveServer } from "../support/live-server.ts";
import { noise } from "../support/noise.ts";
import { testWith } from "../support/peers.ts";

const folder = mkdtempSync(join(tmpdir(), "wasmcached-binary-files-"));
let server: LiveServer;

beforeAll(async () => {
  server = await LiveServer.start();
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const CAPABLE = (
  "noop,quit,quitq,set,setq,flush,flushq,add,addq,replace,replaceq,delete,deleteq,get,getq,getk," +
  "getkq,incr,incrq,decr,decrq,version,append,appendq,prepend,prependq,stat"
)
  .split(",")
  .map((name) => `binary ${name}`);

const testTools = testWith.bind(null, "libmemcached-tools");

function tool(name: string, ...words: string[]): Promise<CommandRun> {
  const at = `--servers=127.0.0.1:${server.port}`;
  return run([`memc${name}`, at, "--binary", ...words], { cwd: folder });
}

testTools("memccapable -b: every test of the binary protocol", async () => {
  const command = ["memccapable", "-h", "127.0.0.1", "-p", String(server.port), "-b", "-t", "2"];
  const { text, code } = await run(command);
  const passed = [...text.matchAll(/(binary [a-z]+) +\[pass\]/g)].map(([, name]) => name);
  expect(passed).toEqual(CAPABLE);
  expect(text).toContain("All tests passed");
  expect(code).toBe(0);
});

testTools("memccp and memccat --binary: files come back as they were", async () => {
  for (const length of [0, 1, 1024, 65_536, 1_000_000]) {
    const name = `file-${length}`;
    writeFileSync(join(folder, name), noise(length));
    expect((await tool("cp", name)).code).toBe(0);
    expect(await tool("cat", `--file=${name}.out`, name)).toMatchObject({ code: 0, errors: "" });
    expect(readFileSync(join(folder, `${name}.out`)).equals(noise(length))).toBe(true);
  }
});

testTools("memcexist, memctouch, memcrm, memcflush --binary", async () => {
  writeFileSync(join(folder, "present"), "x");
  await tool("cp", "present");
  expect((await tool("exist", "present")).code).toBe(0);
  expect((await tool("exist", "absent")).code).toBe(1);
  expect((await tool("touch", "--expire=100", "present")).code).toBe(0);
  expect((await tool("touch", "--expire=100", "absent")).code).toBe(1);
  expect((await tool("rm", "present")).code).toBe(0);
  expect((await tool("rm", "present")).code).toBe(1);
  await tool("cp", "present");
  expect((await tool("flush")).code).toBe(0);
  expect((await tool("exist", "present")).code).toBe(1);
});
