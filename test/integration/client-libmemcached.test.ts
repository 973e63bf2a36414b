/**
 * Goal: the command line tools of libmemcached work with the server in text mode.
 * Method: files copied in and out with memccp and memccat, the other tools by their exit codes and
 * output, memcslap as load, and memccapable's own test suite.
 */

import { afterAll, beforeAll, expect } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CommandRun, run } from "../support/command-run.ts";
import { LiveServer } from "../support/live-server.ts";
import { noise } from "../support/noise.ts";
import { testWith } from "../support/peers.ts";
import { untilConnections } from "../support/item-memory.ts";

const folder = mkdtempSync(join(tmpdir(), "wasmcached-files-"));
let server: LiveServer;

beforeAll(async () => {
  server = await LiveServer.start();
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

function tool(name: string, ...words: string[]): Promise<CommandRun> {
  return run([`memc${name}`, `--servers=127.0.0.1:${server.port}`, ...words], { cwd: folder });
}

const testTools = testWith.bind(null, "libmemcached-tools");

testTools("memccp and memccat: files come back as they were", async () => {
  for (const length of [0, 1, 1024, 65_536, 1_000_000]) {
    const name = `file-${length}`;
    writeFileSync(join(folder, name), noise(length));
    expect((await tool("cp", name)).code).toBe(0);
    expect(await tool("cat", `--file=${name}.out`, name)).toMatchObject({ code: 0, errors: "" });
    expect(readFileSync(join(folder, `${name}.out`)).equals(noise(length))).toBe(true);
  }
});

testTools("memccp: a file too large is ITEM TOO BIG", async () => {
  writeFileSync(join(folder, "too-large"), noise(3_000_000));
  const { code, errors } = await tool("cp", "too-large");
  expect(errors).toContain("ITEM TOO BIG");
  expect(code).toBe(1);
});

testTools("memcexist, memctouch, memcrm tell by their exit code what there was", async () => {
  writeFileSync(join(folder, "present"), "x");
  await tool("cp", "present");
  expect((await tool("exist", "present")).code).toBe(0);
  expect((await tool("exist", "absent")).code).toBe(1);
  // What memcexist asks with must not have left anything visible.
  expect((await tool("cat", "absent")).code).toBe(1);
  expect((await tool("touch", "--expire=100", "present")).code).toBe(0);
  expect((await tool("touch", "--expire=100", "absent")).code).toBe(1);
  expect((await tool("rm", "present")).code).toBe(0);
  expect((await tool("rm", "present")).code).toBe(1);
  expect((await tool("exist", "present")).code).toBe(1);
});

testTools("memcping reaches the server", async () => {
  expect(await tool("ping")).toMatchObject({ code: 0, errors: "" });
});

testTools("memcstat shows the figures", async () => {
  const { code, text } = await tool("stat");
  expect(code).toBe(0);
  expect(text).toContain(`\tpid: ${server.pid}\n`);
  expect(text).toContain("\tversion: 1.6.45\n");
  expect(text).toContain("\tlimit_maxbytes: 67108864\n");
});

testTools("memcdump lists every key, memcflush removes them all", async () => {
  await tool("flush");
  const client = await server.connect();
  const keys = Array.from({ length: 300 }, (_, i) => `dumped${i}`);
  for (const [i, key] of keys.entries()) {
    const value = "v".repeat(i * 30);
    expect(await client.ask(`set ${key} 0 0 ${value.length}\r\n${value}`)).toBe("STORED");
  }
  // memcdump asks for COLD's items: in the segments before it an item may be for a second.
  await client.ask("lru mode flat");
  const listed = async (): Promise<string[]> => {
    const { code, text } = await tool("dump");
    expect(code).toBe(0);
    return text.split("\n").filter(Boolean).sort();
  };
  for (let tries = 0; tries < 40 && (await listed()).length < keys.length; tries++) {
    await Bun.sleep(100);
  }
  expect(await listed()).toEqual(keys.sort());
  await client.ask("lru mode segmented");
  client.hangUp();
  expect((await tool("flush")).code).toBe(0);
  expect((await tool("dump")).text).toBe("");
});

for (const [kind, count] of [
  ["set", "1000"],
  ["get", "1000"],
  ["mget", "100"],
] as const) {
  testTools(`memcslap: load of ${kind}, waiting for replies or not`, async () => {
    for (const more of [[], ["--non-blocking"], ["--noreply"]]) {
      const load = [`--test=${kind}`, `--execute-number=${count}`, "--concurrency=4", ...more];
      const { code, text, errors } = await tool("slap", ...load);
      expect({ code, errors }).toEqual({ code: 0, errors: "" });
      expect(text).toContain("Time to");
    }
    await untilConnections(server, 1);
  });
}

/**
 * memccapable sends `delete a b c d e` and wants an error. That was so until the text parser was
 * rewritten: this version takes the key and ignores the rest, as memcached 1.6.45 does.
 */
const CAPABLE_FAILURES = ["ascii delete", "ascii delete noreply"];

const CAPABLE = (
  "version,quit,verbosity,set,set noreply,get,gets,mget,flush,flush noreply,add,add noreply," +
  "replace,replace noreply,cas,cas noreply,delete,delete noreply,incr,incr noreply,decr," +
  "decr noreply,append,append noreply,prepend,prepend noreply,stat"
)
  .split(",")
  .map((name) => `ascii ${name}`);

testTools("memccapable -a: every test of the text protocol but the declared ones", async () => {
  const command = ["memccapable", "-h", "127.0.0.1", "-p", String(server.port), "-a", "-t", "2"];
  // Verdicts go to two streams, so a name without [pass] behind it failed.
  const { text, errors } = await run(command);
  const verdicts = new Map(
    [...text.matchAll(/(ascii [a-z]+(?: noreply)?) +(\[pass\]\n)?/g)].map((match) => [
      match[1],
      match[2] !== undefined,
    ]),
  );
  expect([...verdicts.keys()]).toEqual(CAPABLE);
  const failed = [...verdicts].filter(([, passed]) => !passed).map(([name]) => name);
  expect(failed).toEqual(CAPABLE_FAILURES);
  expect(errors).toContain("2 of 27 tests failed");
});
