/**
 * Goal: what a full socket held back leaves as soon as it can, whatever the connection waits for.
 * Method: the connection in process, over a transport that takes few bytes until it is told to.
 */
import { expect, test } from "bun:test";
import { LocalServer } from "../support/in-process.ts";
import { latin1 } from "../support/bytes.ts";

const VALUE = "v".repeat(40_000);
const REPLY = `VALUE big 0 ${VALUE.length}\r\n${VALUE}\r\nEND\r\n`;

function connectionWithItem() {
  const { connection, transport } = new LocalServer([]).open();
  connection.receive(latin1(`set big 0 0 ${VALUE.length}\r\n${VALUE}\r\n`));
  const received = (): string => Buffer.from(transport.received()).toString("latin1");
  expect(received()).toBe("STORED\r\n");
  return { connection, transport, received: () => received().slice("STORED\r\n".length) };
}

test("in the middle of a value to come", () => {
  const { connection, transport, received } = connectionWithItem();
  transport.room = 100;
  connection.receive(latin1("get big\r\nset k 0 0 5\r\nhe"));
  expect(received()).toBe(REPLY.slice(0, 100));
  transport.room = Number.POSITIVE_INFINITY;
  connection.drained();
  expect(received()).toBe(REPLY);
  connection.receive(latin1("llo\r\n"));
  expect(received()).toBe(`${REPLY}STORED\r\n`);
});

test("between commands: the next one waits for it", () => {
  const { connection, transport, received } = connectionWithItem();
  transport.room = 100;
  connection.receive(latin1("get big\r\nversion\r\n"));
  expect(transport.isPaused).toBe(true);
  transport.room = 1000;
  connection.drained();
  expect(received()).toBe(REPLY.slice(0, 1100));
  transport.room = Number.POSITIVE_INFINITY;
  connection.drained();
  expect(received()).toBe(`${REPLY}VERSION 1.6.45\r\n`);
  expect(transport.isPaused).toBe(false);
});
