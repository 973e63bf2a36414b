/**
 * Goal: a run of replies is cut where each reply ends, wherever the bytes seen so far stop.
 * Method: replies of every kind, joined; every beginning of the run.
 */
import { expect, test } from "bun:test";
import { latin1 } from "../support/bytes.ts";
import { replyEnd } from "../../src/connection/reply-messages.ts";

const REPLIES = [
  "VALUE a 0 5\r\nhello\r\n",
  "VALUE END 12 7 99\r\nEND\r\n\n\r\r\n",
  "VALUE empty 0 0\r\n\r\n",
  "END\r\n",
  "STORED\r\n",
  "VA 4 f0 s4\r\nHD\r\n\r\n",
  "HD\r\n",
  "EN\r\n",
  "STAT pid 1\r\nSTAT version 1.6.45\r\nEND\r\n",
  "PREFIX a get 1 hit 0 set 0 del 0\r\nEND\r\n",
  "ITEM END [5 b; 0 s]\r\nEND\r\n",
  "VERSION 1.6.45\r\n",
  "CLIENT_ERROR bad data chunk\r\n",
  "\x81\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x06abcdefghijkl\xde\xad\xbe\xef\n\n",
  "17\r\n",
  "\x81\x0a\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00abcdefghijkl",
  "RESET\r\n",
];

test("a value's line tells where it ends, before the value is there", () => {
  const run = latin1("VALUE a 0 100000\r\nx");
  expect(replyEnd(run, 0, run.length)).toBe(18 + 100000 + 2);
  expect(replyEnd(run, 0, 10)).toBe(-1);
});

test("every reply has its end, once all of it is there", () => {
  const run = latin1(REPLIES.join(""));
  let start = 0;
  for (const reply of REPLIES) {
    const end = start + reply.length;
    for (let seen = start + 1; seen <= run.length; seen++) {
      const found = replyEnd(run, start, seen);
      const isKnown = seen >= end || found !== -1;
      expect([reply, seen, found]).toEqual([reply, seen, isKnown ? end : -1]);
    }
    start = end;
  }
});
