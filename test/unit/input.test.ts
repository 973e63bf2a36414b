/**
 * Goal: the command before a large value goes through the inbox, and the value does not; small
 * commands that come in one large chunk fill the inbox all the same. Method: chunks larger than the
 * inbox, and a look at what each step takes.
 */
import { expect, test } from "bun:test";
import { INBOX_SIZE, INBOX_SLACK } from "../../assembly/shared/limits.ts";
import { Input } from "../../src/connection/input.ts";

const LENGTH = 4 * INBOX_SIZE;
const BITE = 512;

function inputWith(length: number): Input {
  const input = new Input(new Uint8Array(INBOX_SIZE + INBOX_SLACK));
  input.give(Uint8Array.from({ length }, (_, i) => i % 251));
  return input;
}

test("of a large chunk a bite comes first; the value behind it is taken from the chunk", () => {
  const input = inputWith(LENGTH);
  expect([input.load(), input.end]).toEqual([true, BITE]);
  input.at = input.end;
  const value = input.takeChunk(50_000);
  expect([value.length, value[0]]).toEqual([50_000, BITE % 251]);
  // The next command may have such a value, too.
  input.load();
  expect([input.at, input.end]).toEqual([0, LENGTH - BITE - 50_000]);
});

test("behind a value that leaves more than fits, a bite again", () => {
  const input = inputWith(LENGTH);
  input.load();
  input.at = input.end;
  input.takeChunk(10_000);
  input.load();
  expect(input.end).toBe(BITE);
});

test("who reads on without a value fills the inbox", () => {
  const input = inputWith(LENGTH);
  input.load();
  input.at = 500;
  input.load();
  expect([input.at, input.end]).toEqual([0, INBOX_SIZE]);
  input.at = input.end;
  input.load();
  expect(input.end).toBe(INBOX_SIZE);
});

test("a chunk that fits comes whole", () => {
  const input = inputWith(INBOX_SIZE);
  input.load();
  expect([input.end, input.isDrained]).toEqual([INBOX_SIZE, true]);
});

test("bytes come one by one, and are dropped, from the inbox and then from the chunk", () => {
  const input = inputWith(LENGTH);
  input.load();
  input.at = BITE - 1;
  const bytes = [input.takeByte(), input.takeByte(), input.takeByte()];
  expect(bytes).toEqual([BITE - 1, BITE, BITE + 1].map((at) => at % 251));
  expect(input.drop(1000)).toBe(1000);
  expect(input.takeByte()).toBe((BITE + 1002) % 251);
  input.load();
  input.at = 10;
  expect(input.drop(LENGTH)).toBe(LENGTH - BITE - 1003 - 10);
  expect([input.takeByte(), input.drop(1), input.isEmpty]).toEqual([-1, 0, true]);
});
