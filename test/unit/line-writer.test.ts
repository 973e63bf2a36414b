/**
 * Goal: lines of the log have numbers and keys as memcached prints them, though no text is made.
 * Method: every byte in a key, and numbers of all lengths, beside what the language prints.
 */
import { expect, test } from "bun:test";
import { LineWriter } from "../../src/core/line-writer.ts";
import { Random } from "../support/random.ts";

const out = new LineWriter(2048);

function written(put: () => void): string {
  out.clear();
  put();
  return Buffer.from(out.bytes.subarray(0, out.length)).toString("latin1");
}

test("numbers are decimal", () => {
  const random = new Random(0x2f);
  const numbers = [0, 1, 9, 10, 99, 100, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, 2 ** 53];
  for (let i = 0; i < 1000; i++) numbers.push(random.below(2 ** 31) * 2 ** random.below(22));
  for (const number of numbers) {
    expect(written(() => out.putNumber(number))).toBe(number.toString());
  }
});

test("keys are URI-encoded, what a host says is not", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const text = Buffer.from(bytes).toString("latin1");
  const encoded = [...text].map((char) =>
    /[A-Za-z0-9\-._~]/.test(char)
      ? char
      : `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
  expect(written(() => out.putKey(bytes, 0, 256))).toBe(encoded.join(""));
  expect(written(() => out.putBytes(bytes, 0, 256))).toBe(text);
  expect(written(() => out.putKey(bytes, 0x41, 0x44))).toBe("ABC");
});

test("pieces follow on one another", () => {
  const line = written(() => {
    out.put(Buffer.from("a="));
    out.putNumber(7);
    out.put(Buffer.from(" b="));
    out.putBytes(Buffer.from("xyz"), 1, 2);
  });
  expect(line).toBe("a=7 b=y");
});
