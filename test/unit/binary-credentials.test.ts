/**
 * Credentials and the SASL password database: who comes in by which lines, and that the file is
 * read anew each time.
 */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Credentials } from "../../src/base/credentials.ts";
import { PasswordFile } from "../../src/base/password-file.ts";
import { latin1 } from "../support/bytes.ts";

const folder = mkdtempSync(join(tmpdir(), "wasmcached-passwords-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function check(credentials: Credentials, user: string, password: string): boolean {
  return credentials.check(latin1(user), latin1(password));
}

const admits = (file: PasswordFile, user: string, password: string): boolean =>
  file.check(latin1(user), latin1(password));

describe("lines of two fields", () => {
  const credentials = Credentials.parseFields(
    "a:1\nb:x:y\nempty:\na:2\nnothing\n:none\ndos:3\r\nlast:4",
  );

  test.each([
    ["a", "1", true],
    ["a", "2", false],
    ["a", "3", false],
    ["A", "1", false],
    ["a", "", false],
    ["a", "11", false],
    ["b", "x:y", true],
    ["b:x", "y", false],
    ["empty", "", true],
    ["nothing", "", false],
    ["", "none", true],
    ["", "", false],
    ["dos", "3", true],
    ["last", "4", true],
    ["c", "1", false],
  ])("%j with %j: %p", (user, password, expected) => {
    expect(check(credentials, user, password)).toBe(expected);
  });

  test("bytes above 127 are bytes", () => {
    const bytes = Credentials.parseFields("\xe9t\xe9:\xff\0\x80");
    expect(check(bytes, "\xe9t\xe9", "\xff\0\x80")).toBe(true);
    expect(check(bytes, "\xe9t\xe9", "\xff\0\x81")).toBe(false);
  });

  test("nobody is in an empty text", () => {
    expect(check(Credentials.parseFields(""), "", "")).toBe(false);
  });
});

describe("lines with further fields", () => {
  const credentials = Credentials.parseFields("a:1:group\nb:x:y:z\na:2\nc:\n");

  test.each([
    ["a", "1", true],
    ["a", "1:group", true],
    ["a", "1:", false],
    ["a", "group", false],
    ["a", "2", false],
    ["b", "x", true],
    ["b", "x:y", true],
    ["b", "x:y:z", true],
    ["b", "y", false],
    ["c", "", true],
  ])("%j with %j: %p", (user, password, expected) => {
    expect(check(credentials, user, password)).toBe(expected);
  });
});

describe("the password database", () => {
  const path = join(folder, "passwords");

  test("a change counts at once", () => {
    const file = new PasswordFile(path);
    writeFileSync(path, "u:one\n");
    expect(admits(file, "u", "one")).toBe(true);
    writeFileSync(path, "u:two\n");
    expect(admits(file, "u", "one")).toBe(false);
    expect(admits(file, "u", "two")).toBe(true);
    rmSync(path);
    expect(admits(file, "u", "two")).toBe(false);
  });

  test("without a file, or with a folder in its place, nobody comes in", () => {
    expect(admits(new PasswordFile(null), "u", "")).toBe(false);
    expect(admits(new PasswordFile(folder), "u", "")).toBe(false);
  });

  test("name and password have 252 bytes together", () => {
    const longest = "p".repeat(251);
    writeFileSync(path, `u:${longest}\nv:${longest}p\n`);
    const file = new PasswordFile(path);
    expect(admits(file, "u", longest)).toBe(true);
    expect(admits(file, "v", `${longest}p`)).toBe(false);
  });
});
