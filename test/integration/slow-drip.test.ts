/**
 * Goal: it does not matter how input is cut up: byte by byte it gives the same replies.
 * Method: a session whose replies are known, sent one byte per write with Nagle off; in a second
 * test from several clients taking turns, so that the server changes connection between all bytes.
 */

import { expect, test } from "bun:test";
import { LiveServer } from "../support/live-server.ts";

/** Lets the byte leave before the next is written. */
function breath(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function session(name: string): { request: string; reply: string } {
  const value = `${name}: \r\nEND\r\nget x\r\n\0\xff`;
  return {
    request:
      `set ${name} 7 0 ${value.length}\r\n${value}\r\n` +
      `get ${name} absent ${name}\r\n` +
      `set ${name}-bad 0 0 3\r\nabcde\r\n` +
      `set ${name}-count 0 0 2 noreply\r\n41\r\nincr ${name}-count 1\r\n` +
      `set ${name}-large 0 0 2000000000000\r\n` +
      `delete ${name}\nget ${name}\nbogus\n`,
    reply:
      `STORED\r\n${`VALUE ${name} 7 ${value.length}\r\n${value}\r\n`.repeat(2)}END\r\n` +
      // Five bytes are taken, the rest of the line is a command.
      `CLIENT_ERROR bad data chunk\r\nCLIENT_ERROR bad command line format\r\n` +
      `42\r\nCLIENT_ERROR bad command line format\r\nDELETED\r\nEND\r\nERROR\r\n`,
  };
}

test("a session byte by byte", async () => {
  await using server = await LiveServer.start();
  const { request, reply } = session("drip");
  const client = await server.connect();
  for (const byte of request) {
    client.send(byte);
    await breath();
  }
  expect(await client.text(reply.length)).toBe(reply);
  expect(await client.ask("version")).toBe("VERSION 1.6.45");
});

test("twenty clients dripping in turns", async () => {
  await using server = await LiveServer.start();
  const clients = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => ({
      client: await server.connect(),
      ...session(`drip${10 + i}`),
    })),
  );
  const length = clients[0]?.request.length ?? 0;
  for (let at = 0; at < length; at++) {
    for (const { client, request } of clients) client.send(request.charAt(at));
    await breath();
  }
  for (const { client, reply } of clients) expect(await client.text(reply.length)).toBe(reply);
});

test("a value of 100,000 bytes in pieces of all lengths", async () => {
  await using server = await LiveServer.start();
  const client = await server.connect();
  const value = "0123456789".repeat(10_000);
  const whole = `set key 0 0 ${value.length}\r\n${value}\r\nget key\r\n`;
  for (let at = 0, length = 1; at < whole.length; at += length, length = (length * 7) % 1009) {
    client.send(whole.slice(at, at + length));
    await breath();
  }
  const reply = `STORED\r\nVALUE key 0 ${value.length}\r\n${value}\r\nEND\r\n`;
  expect((await client.text(reply.length)) === reply).toBe(true);
});

test("replies are held while a value is incomplete, not while a line is", async () => {
  await using server = await LiveServer.start();
  const client = await server.connect();
  client.send("version\r\nget inco");
  expect(await client.line()).toBe("VERSION 1.6.45");
  client.send("mplete\r\n");
  expect(await client.line()).toBe("END");
  client.send("version\r\nset key 0 0 5\r\nab");
  const sent = (): Promise<number> => server.stat("cmd_set");
  while ((await sent()) === 0) await breath();
  expect(client.arrivedLength).toBe(0);
  client.send("cde\r\n");
  expect(await client.line()).toBe("VERSION 1.6.45");
  expect(await client.line()).toBe("STORED");
});
