/**
 * Goal: fractions are read as C's strtod reads them, and printed as its printf prints them.
 * Method: tables of what differs from JavaScript; test/differential/factors.test.ts holds random
 * texts against native memcached.
 */
import { expect, test } from "bun:test";
import { doubleAtFront, tokenDouble, wholeDouble } from "../../src/protocol/c-double.ts";
import { fixedText } from "../../src/command/fixed-text.ts";

const { POSITIVE_INFINITY, NEGATIVE_INFINITY } = Number;

test.each<[string, number | null]>([
  ["0.5", 0.5],
  ["+.5", 0.5],
  ["-2.", -2],
  ["1e-3", 0.001],
  ["1E2", 100],
  ["-0", -0],
  ["0x10", 16],
  ["-0X1.8p1", -3],
  ["0x.8", 0.5],
  ["0x1p-1022", 2 ** -1022],
  ["0xffffffffffffffffffffffffp-90", (2 ** 96 - 1) * 2 ** -90],
  ["0x0p99999", 0],
  ["inf", POSITIVE_INFINITY],
  ["-Infinity", NEGATIVE_INFINITY],
  ["nan", Number.NaN],
  ["NAN(0_x)", Number.NaN],
  ["0.0e9999", 0],
  [" \t7", 7],
  ["7 rest", 7],
  ["7\n", 7],
])("%j is %d", (text, value) => {
  expect(wholeDouble(text)).toBe(value as number);
  expect(doubleAtFront(text)).toBe(value as number);
});

test.each<[string, number]>([
  ["", 0],
  ["x", 0],
  [".", 0],
  ["+", 0],
  ["- 1", 0],
  ["e1", 0],
  ["0.5x", 0.5],
  ["1e", 1],
  ["1e+", 1],
  ["0x", 0],
  ["0x.", 0],
  ["0xg", 0],
  ["0x1p", 1],
  ["0x1.8.0", 1.5],
  ["infi", POSITIVE_INFINITY],
  ["nan(", Number.NaN],
  ["nan(-)", Number.NaN],
  ["1,5", 1],
])("%j is none, and begins with %d", (text, value) => {
  expect(wholeDouble(text)).toBeNull();
  expect(doubleAtFront(text)).toBe(value);
});

test.each(["1e999", "-1e999", "0x1p1024", "1e-320", "1e-9999", "0x1p-1080", "0x1p-99999999999"])(
  "%s is out of range",
  (text) => expect(wholeDouble(text)).toBeNull(),
);

test("a token has at most 31 characters", () => {
  expect(tokenDouble("0.5".padEnd(31, "0"))).toBe(0.5);
  expect(tokenDouble("0.5".padEnd(32, "0"))).toBeNull();
});

test.each<[number, number, string]>([
  [0.2, 2, "0.20"],
  [-3.456, 2, "-3.46"],
  [0.125, 2, "0.12"],
  [0.375, 2, "0.38"],
  [-0.625, 2, "-0.62"],
  [2.5, 2, "2.50"],
  [0.0625, 3, "0.062"],
  [0.1875, 3, "0.188"],
  [0.005, 2, "0.01"],
  [1.005, 2, "1.00"],
  [0, 2, "0.00"],
  [-0, 2, "-0.00"],
  [-0.001, 2, "-0.00"],
  [1e21, 2, "1000000000000000000000.00"],
  [-1e22, 3, "-10000000000000000000000.000"],
  [POSITIVE_INFINITY, 2, "inf"],
  [NEGATIVE_INFINITY, 2, "-inf"],
  [Number.NaN, 2, "nan"],
])("%d with %d digits is %s", (value, digits, text) => {
  expect(fixedText(value, digits)).toBe(text);
});
