/**
 * Goal: people at a terminal are served: nc, which half-closes when its input ends and still wants
 * every byte, and telnet.
 * Method: the programs themselves, fed through their standard input.
 */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { run } from "../support/command-run.ts";
import { LiveServer } from "../support/live-server.ts";
import { testWith } from "../support/peers.ts";
import { TextClient } from "../support/text-client.ts";
import { inTime, until } from "../support/waiting.ts";

let server: LiveServer;
beforeAll(async () => {
  server = await LiveServer.start();
});
afterAll(() => server.stop());

function netcat(input: string, ...options: string[]) {
  return run(["nc", "-N", ...options, "127.0.0.1", String(server.port)], { input });
}

/** Five values of a million bytes, and the reply that a get of them all gives. */
async function largeReply(): Promise<{ request: string; reply: string }> {
  const client = await server.connect();
  let request = "get";
  let reply = "";
  for (let i = 0; i < 5; i++) {
    const value = String(i).repeat(1_000_000);
    expect(await client.ask(`set large${i} 0 0 ${value.length}\r\n${value}`)).toBe("STORED");
    request += ` large${i}`;
    reply += `VALUE large${i} 0 ${value.length}\r\n${value}\r\n`;
  }
  client.hangUp();
  return { request: `${request}\r\n`, reply: `${reply}END\r\n` };
}

testWith("nc", "nc -N: a short session", async () => {
  const { text } = await netcat("set a 0 0 1\r\nx\r\nget a\r\nversion\r\n");
  expect(text).toBe("STORED\r\nVALUE a 0 1\r\nx\r\nEND\r\nVERSION 1.6.45\r\n");
});

testWith("nc", "nc -N: bare line feeds end commands", async () => {
  expect((await netcat("version\nget nobody\nquit\n")).text).toBe("VERSION 1.6.45\r\nEND\r\n");
});

testWith("nc", "nc -N: a reply of 5 MB arrives whole after the half-close", async () => {
  const { request, reply } = await largeReply();
  const { text } = await netcat(request);
  expect(text.length).toBe(reply.length);
  expect(text === reply).toBe(true);
});

testWith("nc", "nc -N: input that ends in mid-value stores nothing", async () => {
  expect((await netcat("version\r\nset partial 0 0 10\r\nabc")).text).toBe("");
  expect((await netcat("get partial\r\n")).text).toBe("END\r\n");
});

testWith("nc", "nc -N: input that ends in mid-line answers what came before", async () => {
  expect((await netcat("version\r\nget part")).text).toBe("VERSION 1.6.45\r\n");
});

test("half-close by a plain socket: 5 MB arrive although the reader starts late", async () => {
  const { request, reply } = await largeReply();
  const client = await TextClient.connect(server.port);
  client.pause();
  client.send(request);
  client.endInput();
  // The server has the request once it has counted the keys.
  const asked = await server.stat("cmd_get");
  await until("the get to be served", async () => (await server.stat("cmd_get")) >= asked);
  client.resume();
  const text = await client.rest();
  expect(text.length).toBe(reply.length);
  expect(text === reply).toBe(true);
});

testWith("telnet", "telnet: a session typed by hand", async () => {
  const child = Bun.spawn(["telnet", "127.0.0.1", String(server.port)], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "ignore",
    timeout: 10_000,
    killSignal: "SIGKILL",
  });
  // The end of its input would end telnet before the replies are in; quit ends it.
  child.stdin.write("set typed 5 0 5\nhello\nget typed\nincr typed 1\nquit\n");
  child.stdin.flush();
  const text = await inTime("telnet's output", new Response(child.stdout).text());
  child.stdin.end();
  await child.exited;
  expect(text.split(/\r?\n/)).toEqual([
    "Trying 127.0.0.1...",
    "Connected to 127.0.0.1.",
    "Escape character is '^]'.",
    "STORED",
    "VALUE typed 5 5",
    "hello",
    "END",
    "CLIENT_ERROR cannot increment or decrement non-numeric value",
    "",
  ]);
});
