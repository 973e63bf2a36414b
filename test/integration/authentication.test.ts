/**
 * Goal: `-Y` lets in who is in the file, on every thread; SIGHUP brings a new file, keeps who is
 * in, and keeps the old file when the new one is broken. Starts that cannot be are refused.
 * Method: real servers with one thread and several, and files that change. What a connection may
 * say before it is somebody is in the transcripts.
 */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { LiveServer, OWN_PROGRAM } from "../support/live-server.ts";
import type { TextClient } from "../support/text-client.ts";
import { join } from "node:path";
import { testWith } from "../support/peers.ts";
import { tmpdir } from "node:os";
import { until } from "../support/waiting.ts";

const folder = mkdtempSync(join(tmpdir(), "wasmcached-auth-"));
const file = join(folder, "users");

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function logIn(client: TextClient, token: string): Promise<string> {
  return client.ask(`set a 0 0 ${token.length}\r\n${token}`);
}

/** Of so many new connections, on all threads: the replies they get, each once. */
async function replies(server: LiveServer, token: string): Promise<string[]> {
  const all = Array.from({ length: 16 }, async () => {
    const client = await server.connect();
    const reply = await logIn(client, token);
    client.hangUp();
    return reply;
  });
  return [...new Set(await Promise.all(all))];
}

const FAILURE = "CLIENT_ERROR authentication failure";

describe.each([1, 4])("-t %d", (threads) => {
  test("SIGHUP reads the file again", async () => {
    writeFileSync(file, "ada:old\n");
    await using server = await LiveServer.start(["-Y", file, "-t", String(threads)]);
    const early = await server.connect();
    expect(await early.ask("version")).toBe("CLIENT_ERROR unauthenticated");
    expect(await logIn(early, "ada old")).toBe("STORED");
    expect(await replies(server, "ada old")).toEqual(["STORED"]);

    writeFileSync(file, "ada:new");
    server.signal("SIGHUP");
    await until("the new file", async () => (await replies(server, "ada new")).includes("STORED"));
    expect(await replies(server, "ada new")).toEqual(["STORED"]);
    expect(await replies(server, "ada old")).toEqual([FAILURE]);
    expect(await early.ask("version")).toStartWith("VERSION");

    writeFileSync(file, "broken\n");
    server.signal("SIGHUP");
    const told = `Authfile [${file}] has a malformed entry. Should be 'user:password'\n`;
    await until("the complaint", () => server.errors.includes(told));
    expect(await replies(server, "ada new")).toEqual(["STORED"]);

    const stats = await early.askAll("stats");
    const [commands, errors] = ["auth_cmds", "auth_errors"].map((name) =>
      Number(stats.find((line) => line.startsWith(`STAT ${name} `))?.split(" ")[2]),
    );
    expect(errors).toBeGreaterThanOrEqual(16);
    expect(commands).toBeGreaterThan(errors ?? 0);
    expect(await early.ask("stats reset")).toBe("RESET");
    expect(await early.askAll("stats")).toContain("STAT auth_cmds 0");
  });
});

async function takesBytes(program: string): Promise<void> {
  // No UTF-8 at all; what a decoder would make of it; a byte order mark, which is part of the name.
  const lines = ["ad\xe9:se\xff", "\xc3\xa9:\xe2\x82\xac"];
  writeFileSync(file, `\xef\xbb\xbfbom:x\n${lines.join("\n")}\n`, "latin1");
  await using server = await LiveServer.start(["-Y", file, "-t", "1"], { program });
  const asked = ["ad\xe9 se\xff", "\xc3\xa9 \xe2\x82\xac", "\xef\xbb\xbfbom x"];
  const replaced = "\xef\xbf\xbd";
  const wrong = [`ad${replaced} se${replaced}`, "ade se", "\xe9 \u0080", "bom x"];
  for (const token of asked) expect(await replies(server, token)).toEqual(["STORED"]);
  for (const token of wrong) expect(await replies(server, token)).toEqual([FAILURE]);
}

async function takesOtherLineEnds(program: string): Promise<void> {
  writeFileSync(file, "ada:secret\r\nbob:word\r\n");
  await using server = await LiveServer.start(["-Y", file, "-t", "1"], { program });
  for (const token of ["ada secret", "bob word"]) {
    expect(await replies(server, token)).toEqual(["STORED"]);
    expect(await replies(server, `${token}\r`)).toEqual([FAILURE]);
  }
}

describe("the file is one of bytes", () => {
  const native = Bun.which("memcached") ?? "";
  const bytes = "names and passwords, whatever they mean as UTF-8";
  test(bytes, () => takesBytes(OWN_PROGRAM));
  testWith("memcached", `${bytes}: so with native memcached`, () => takesBytes(native));
  const ends = "a CR at the end of a line is no part of the password";
  test(ends, () => takesOtherLineEnds(OWN_PROGRAM));
  testWith("memcached", `${ends}: so with native memcached`, () => takesOtherLineEnds(native));
});

test("nobody is kicked for trying", async () => {
  writeFileSync(file, "ada:secret\n");
  await using server = await LiveServer.start(["-Y", file]);
  const client = await server.connect();
  for (let i = 0; i < 100; i++) expect(await logIn(client, `ada guess${i}`)).toBe(FAILURE);
  expect(await logIn(client, "ada secret")).toBe("STORED");
});

test.each([
  ["a:b\n\nc:d\n", "has a malformed entry. Should be 'user:password'"],
  ["", "has a malformed entry. Should be 'user:password'"],
  ["a\0b:c", "has a malformed entry. Should be 'user:password'"],
  ["name", "has a malformed entry. Should be 'user:password'"],
])("a file %p is refused", async (text, reason) => {
  writeFileSync(file, text);
  await using server = LiveServer.launch(["-Y", file]);
  expect(await server.ended()).toBe(1);
  expect(server.errors).toBe(`Authfile [${file}] ${reason}\n`);
});

test("a file that is not there is refused", async () => {
  const absent = join(folder, "absent");
  await using server = LiveServer.launch(["-Y", absent]);
  expect(await server.ended()).toBe(1);
  const reason = "No such file or directory";
  expect(server.errors).toBe(
    `Could not open authfile [${absent}] for reading, error ${reason}: ${reason}\n`,
  );
});
