/**
 * Goal: ten thousand requests in one write are answered one by one, in order, exactly.
 * Method: a model of the store (a Map) says what the reply to the whole has to be.
 */

import { expect, test } from "bun:test";
import { LiveServer } from "../support/live-server.ts";
import { noise } from "../support/noise.ts";

const REQUESTS = 10_000;

/** Requests of several kinds, chosen by seeded noise, and their replies by the model. */
function pipeline(prefix: string, seed: number): { request: string; reply: string } {
  const dice = noise(REQUESTS * 4, seed);
  const store = new Map<string, string>();
  let request = "";
  let reply = "";
  for (let i = 0; i < REQUESTS; i++) {
    const key = `${prefix}${(dice[4 * i] ?? 0) % 50}`;
    const number = dice[4 * i + 1] ?? 0;
    const old = store.get(key);
    const noreply = (dice[4 * i + 2] ?? 0) % 4 === 0;
    const said = (text: string): void => {
      if (!noreply) reply += `${text}\r\n`;
    };
    const end = noreply ? " noreply\r\n" : "\r\n";
    switch ((dice[4 * i + 3] ?? 0) % 8) {
      case 0:
      case 1:
        request += `set ${key} 0 0 ${String(number).length}${end}${number}\r\n`;
        store.set(key, String(number));
        said("STORED");
        break;
      case 2: {
        const text = "value ".repeat(number);
        request += `add ${key} 0 0 ${text.length}${end}${text}\r\n`;
        said(old === undefined ? "STORED" : "NOT_STORED");
        if (old === undefined) store.set(key, text);
        break;
      }
      case 3:
        request += `delete ${key}${end}`;
        said(store.delete(key) ? "DELETED" : "NOT_FOUND");
        break;
      case 4: {
        request += `incr ${key} ${number}${end}`;
        if (old === undefined) said("NOT_FOUND");
        else if (!/^\d/.test(old)) {
          said("CLIENT_ERROR cannot increment or decrement non-numeric value");
        } else {
          store.set(key, String(Number(old) + number));
          said(String(Number(old) + number));
        }
        break;
      }
      case 5:
        request += `bogus${number}${end}`;
        said("ERROR");
        break;
      default:
        request += `get ${key} ${key}\r\n`;
        if (old !== undefined) reply += `VALUE ${key} 0 ${old.length}\r\n${old}\r\n`.repeat(2);
        reply += "END\r\n";
    }
  }
  return { request, reply };
}

test("10,000 mixed requests in one write", async () => {
  await using server = await LiveServer.start();
  const client = await server.connect();
  const { request, reply } = pipeline("key", 1);
  client.send(request);
  const arrived = await client.text(reply.length);
  expect(firstDifference(arrived, reply)).toBeNull();
  expect(await client.ask("version")).toBe("VERSION 1.6.45");
});

test("the same from ten clients at once, on keys of their own", async () => {
  await using server = await LiveServer.start();
  const clients = await Promise.all(Array.from({ length: 10 }, () => server.connect()));
  const pipelines = clients.map((_, i) => pipeline(`of${i}-`, i + 2));
  for (const [i, client] of clients.entries()) client.send(pipelines[i]?.request ?? "");
  for (const [i, client] of clients.entries()) {
    const reply = pipelines[i]?.reply ?? "";
    expect(firstDifference(await client.text(reply.length), reply)).toBeNull();
  }
});

test("10,000 gets of 10,000 bytes in one write", async () => {
  await using server = await LiveServer.start();
  const client = await server.connect();
  const value = "x".repeat(10_000);
  expect(await client.ask(`set key 0 0 ${value.length}\r\n${value}`)).toBe("STORED");
  client.send("get key\r\n".repeat(REQUESTS));
  const reply = Buffer.from(`VALUE key 0 ${value.length}\r\n${value}\r\nEND\r\n`);
  for (let i = 0; i < REQUESTS; i += 100) {
    const arrived = await client.take(reply.length * 100);
    expect(arrived.equals(Buffer.concat(Array<Buffer>(100).fill(reply)))).toBe(true);
  }
});

test("10,000 sets without replies, then one get of them all", async () => {
  await using server = await LiveServer.start();
  const client = await server.connect();
  const keys = Array.from({ length: REQUESTS }, (_, i) => `silent${i}`);
  client.send(
    keys.map((key, i) => `set ${key} ${i} 0 ${key.length} noreply\r\n${key}\r\n`).join(""),
  );
  const reply = keys.map((key, i) => `VALUE ${key} ${i} ${key.length}\r\n${key}\r\n`).join("");
  client.send(`get ${keys.join(" ")}\r\n`);
  expect(firstDifference(await client.text(reply.length + 5), `${reply}END\r\n`)).toBeNull();
});

test("10,000 requests, then the end of the input: all are answered", async () => {
  await using server = await LiveServer.start(["-R", "7"]);
  const client = await server.connect();
  const { request, reply } = pipeline("key", 99);
  client.send(request);
  client.endInput();
  expect(firstDifference(await client.rest(), reply)).toBeNull();
});

/** Where two texts part, with what is there; null when they are the same. Short, unlike a diff. */
function firstDifference(actual: string, expected: string): string | null {
  if (actual === expected) return null;
  let at = 0;
  while (at < expected.length && actual[at] === expected[at]) at++;
  const around = (text: string): string =>
    JSON.stringify(text.slice(Math.max(0, at - 60), at + 60));
  return `at ${at}: ${around(actual)} instead of ${around(expected)}`;
}
