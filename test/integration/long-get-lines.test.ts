/**
 * Goal: get lines have no limit that a client would meet: 16 KiB, 64 KiB, 1 MiB, several MB. Other
 * lines do: over 2048 bytes without their end, the connection is closed.
 * Method: lines of absent keys with present ones strewn in, at lengths around the size of the
 * buffer.
 */

import { expect, test } from "bun:test";
import { LiveServer } from "../support/live-server.ts";
import { until } from "../support/waiting.ts";

const BUFFER = 16384;

/** A line of exactly `length` bytes with CR LF, and how many keys and present ones it has. */
function getLine(length: number, verb = "get"): { line: string; keys: number; hits: number } {
  const words = [verb];
  let size = verb.length + 2;
  let hits = 0;
  for (let i = 0; size < length - 300; i++) {
    const word = i % 100 === 50 ? "present" : `absent-${i}`;
    if (word === "present") hits++;
    words.push(word);
    size += word.length + 1;
  }
  while (size < length) {
    // The last word makes it exact; a key may have 250 bytes.
    const left = Math.min(length - size - 1, 150);
    if (left < 1) throw new Error("no such length");
    words.push("z".repeat(left));
    size += left + 1;
  }
  const line = `${words.join(" ")}\r\n`;
  if (line.length !== length) throw new Error(`${line.length} is not ${length}`);
  return { line, keys: words.length - 1, hits };
}

const AROUND_BUFFERS = [BUFFER - 1, BUFFER, BUFFER + 1, 2 * BUFFER, 65_535, 65_536, 65_537];

for (const length of [2048, ...AROUND_BUFFERS, 1024 * 1024, 4_000_001]) {
  test(`a get line of ${length} bytes`, async () => {
    await using server = await LiveServer.start();
    const client = await server.connect();
    expect(await client.ask("set present 3 0 4\r\nhere")).toBe("STORED");
    const { line, keys, hits } = getLine(length);
    const reply = `${"VALUE present 3 4\r\nhere\r\n".repeat(hits)}END\r\n`;
    // Alone, then between others.
    client.send(line);
    expect((await client.text(reply.length)) === reply).toBe(true);
    client.send(`version\r\n${line}${line}version\r\n`);
    expect(await client.line()).toBe("VERSION 1.6.45");
    expect((await client.text(2 * reply.length)) === reply.repeat(2)).toBe(true);
    expect(await client.line()).toBe("VERSION 1.6.45");
    expect(await server.stat("cmd_get")).toBe(3 * keys);
    expect(await server.stat("get_hits")).toBe(3 * hits);
  });
}

test("gets of 1 MiB shows CAS uniques", async () => {
  await using server = await LiveServer.start();
  const client = await server.connect();
  expect(await client.ask("set present 3 0 4\r\nhere")).toBe("STORED");
  const { line, hits } = getLine(1024 * 1024, "gets");
  client.send(line);
  const reply = `${"VALUE present 3 4 2\r\nhere\r\n".repeat(hits)}END\r\n`;
  expect((await client.text(reply.length)) === reply).toBe(true);
});

test("a long get line with a key too long is refused as a whole", async () => {
  await using server = await LiveServer.start();
  const client = await server.connect();
  expect(await client.ask("set present 3 0 4\r\nhere")).toBe("STORED");
  const { line } = getLine(100_000);
  client.send(`${line.slice(0, -2)} ${"k".repeat(251)}\r\nversion\r\n`);
  expect(await client.line()).toBe("CLIENT_ERROR bad command line format");
  // memcached lets an empty line follow here; either is fine, if nothing else comes.
  const next = await client.line();
  expect(next === "" ? await client.line() : next).toBe("VERSION 1.6.45");
});

for (const verb of ["set", "gat 0", "bogus", "delete"]) {
  test(`a ${verb} line that does not end closes the connection`, async () => {
    await using server = await LiveServer.start();
    const client = await server.connect();
    client.send(`${verb} ${"k".repeat(3000)}`);
    expect(await client.rest()).toBe("");
    await until("it to be forgotten", async () => (await server.stat("curr_connections")) === 1);
  });
}

test("a client that goes in the middle of a long get line leaves nothing", async () => {
  await using server = await LiveServer.start();
  const client = await server.connect();
  const read = await server.stat("bytes_read");
  client.send(getLine(1_000_000).line.slice(0, -10));
  await until("it to be read", async () => (await server.stat("bytes_read")) > read + 900_000);
  client.hangUp();
  await until("it to be forgotten", async () => (await server.stat("curr_connections")) === 1);
});
