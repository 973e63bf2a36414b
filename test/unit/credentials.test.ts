/**
 * Goal: files of users are read as memcached reads them, and a check says yes to exactly the pairs
 * in the file.
 * Method: small files, every pair of a few words against them.
 */
import { Credentials, MalformedCredentials } from "../../src/base/credentials.ts";
import { expect, test } from "bun:test";
import { latin1 } from "../support/bytes.ts";

function check(credentials: Credentials, user: string, password: string): boolean {
  return credentials.check(latin1(user), latin1(password));
}

test("yes to the pairs of the file, no to all others", () => {
  const users = Credentials.parse("ada:secret\nbob:pass word\n:nameless\nempty:\ncolon:a:b");
  const pairs = new Map([
    ["ada", "secret"],
    ["bob", "pass word"],
    ["", "nameless"],
    ["empty", ""],
    ["colon", "a:b"],
  ]);
  const words = ["", "ada", "ad", "adaa", "Ada", "secret", "secre", "secret\0", "a:b", "a"];
  const names = [...new Set([...words, ...pairs.keys()])];
  for (const user of names) {
    for (const password of [...words, ...pairs.values()]) {
      const expected = pairs.get(user) === password;
      expect([user, password, check(users, user, password)]).toEqual([user, password, expected]);
    }
  }
});

test("lengths count: zeros behind a word, and words longer than a line", () => {
  const users = Credentials.parse(`a:${"x".repeat(44)}\n`);
  expect(check(users, "a", "x".repeat(44))).toBe(true);
  for (const length of [43, 45, 255, 256, 300, 44 + 65536]) {
    expect(check(users, "a", "x".repeat(length))).toBe(false);
  }
  expect(check(users, "a", `${"x".repeat(44)}\0`)).toBe(false);
});

test("a line has up to 255 bytes", () => {
  const password = "p".repeat(253);
  expect(check(Credentials.parse(`u:${password}`), "u", password)).toBe(true);
  expect(() => Credentials.parse(`u:${password}p`)).toThrow(MalformedCredentials);
});

test("bytes count, not characters", () => {
  const users = Credentials.parse("zo\xeb:p\xe5ss\xff\n\xc3\xa9:\xef\xbb\xbf\n");
  expect(check(users, "zo\xeb", "p\xe5ss\xff")).toBe(true);
  expect(check(users, "\xc3\xa9", "\xef\xbb\xbf")).toBe(true);
  expect(check(users, "\xe9", "")).toBe(false);
  expect(check(users, "zoe", "pass")).toBe(false);
});

test("a CR or a NUL ends a password", () => {
  const users = Credentials.parse("a:b\r\nc:d\0e\nf\r:g\rh:i");
  expect(check(users, "a", "b")).toBe(true);
  expect(check(users, "a", "b\r")).toBe(false);
  expect(check(users, "c", "d")).toBe(true);
  expect(check(users, "c", "d\0e")).toBe(false);
  expect(check(users, "f\r", "g")).toBe(true);
});

test("eight lines are read; what follows is not looked at", () => {
  const lines = Array.from({ length: 9 }, (_, i) => `user${i + 1}:p${i + 1}`);
  const users = Credentials.parse(`${lines.join("\n")}\nno colon here\n`);
  expect(check(users, "user8", "p8")).toBe(true);
  expect(check(users, "user9", "p9")).toBe(false);
});

test.each(["", "\n", "ada\n", "a:b\n\nc:d\n", "a:b\nno colon", "a\0b:c"])(
  "%p is malformed",
  (text) => {
    expect(() => Credentials.parse(text)).toThrow(MalformedCredentials);
  },
);
