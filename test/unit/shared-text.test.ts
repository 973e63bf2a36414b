/**
 * Shared text: what one thread publishes another reads, whole, and knows by the version when.
 */
import { expect, test } from "bun:test";
import { SharedText } from "../../src/base/shared-text.ts";

test("what is published is read by all who joined", () => {
  const first = SharedText.start(64);
  const second = SharedText.join(first.shared);
  expect([second.version, second.read().text]).toEqual([0, ""]);
  expect(first.publish("größer", 70)).toBe(true);
  expect(second.version).toBe(1);
  expect(second.read()).toEqual({ text: "größer", version: 1 });
  expect(second.publishedAt).toBe(70);
  expect(second.publish("", 71)).toBe(true);
  expect(first.read()).toEqual({ text: "", version: 2 });
});

test("a text that does not fit is refused, and the last one stays", () => {
  const text = SharedText.start(4);
  expect(text.publish("1234", 1)).toBe(true);
  expect(text.publish("12345", 2)).toBe(false);
  expect(text.publish("äää", 2)).toBe(false);
  expect(text.read()).toEqual({ text: "1234", version: 1 });
  expect(text.publishedAt).toBe(1);
});
