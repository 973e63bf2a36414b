/**
 * Goal: numbers on the command line are read as C's library reads them, loose and strict.
 * Method: tables; the loose readers are checked on junk above all, since that is where they differ.
 */

import { expect, test } from "bun:test";
import {
  atof,
  atoi,
  atoiOctal,
  strictFloat,
  strictInteger,
  strictUnsigned,
} from "../../src/main/number-text.ts";

test.each<[string, number]>([
  ["", 0],
  ["abc", 0],
  ["-", 0],
  ["+5", 5],
  ["-5", -5],
  ["- 5", 0],
  [" \t12", 12],
  ["12abc", 12],
  ["1.9", 1],
  ["1e3", 1],
  ["0x10", 0],
  ["010", 10],
  ["2147483647", 2147483647],
  ["2147483648", -2147483648],
  ["4294967297", 1],
  ["99999999999999999999", -1],
  ["-99999999999999999999", 0],
])("atoi %j is %d", (text, value) => {
  expect(atoi(text)).toBe(value);
});

test.each<[string, number]>([
  ["", 0],
  ["x1", 0],
  [".", 0],
  ["1.25", 1.25],
  [".5", 0.5],
  ["2.", 2],
  ["-1.5x", -1.5],
  ["1e2", 100],
  ["1e", 1],
  ["nan", Number.NaN],
  ["inf", Number.POSITIVE_INFINITY],
  ["0x10", 16],
])("atof %j is %d", (text, value) => {
  expect(atof(text)).toBe(value);
});

test.each<[string, number]>([
  ["700", 0o700],
  ["0777", 0o777],
  ["8", 0],
  ["78", 7],
  ["x", 0],
])("atoiOctal %j is %d", (text, value) => {
  expect(atoiOctal(text)).toBe(value);
});

test.each<[string, number | null]>([
  ["", null],
  ["a", null],
  ["1a", null],
  ["1.5", null],
  ["--1", null],
  ["2147483648", null],
  ["-2147483649", null],
  ["99999999999999999999", null],
  ["-3", -3],
  [" 7", 7],
  ["7 rest", 7],
])("strictInteger %j is %p", (text, value) => {
  expect(strictInteger(text)).toBe(value);
});

test.each<[string, number | null]>([
  ["", null],
  ["-1", null],
  ["-0", null],
  ["1k", null],
  ["4294967296", null],
  ["4294967295", 4294967295],
  ["+1", 1],
])("strictUnsigned %j is %p", (text, value) => {
  expect(strictUnsigned(text)).toBe(value);
});

test.each<[string, number | null]>([
  ["", null],
  ["x", null],
  ["0.5x", null],
  ["0.5", 0.5],
])("strictFloat %j is %p", (text, value) => {
  expect(strictFloat(text)).toBe(value);
});
