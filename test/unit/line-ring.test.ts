/**
 * The ring between logger and watcher.
 *
 * Goal: bytes come out as they went in, never more than the ring holds, and a line goes in whole or
 * not at all. Method: every small size with every length of line, and a random sequence of both
 * ends against a plain queue.
 */
import { expect, test } from "bun:test";
import { LineRing } from "../../src/base/line-ring.ts";
import { Random } from "../support/random.ts";

function read(ring: LineRing, limit: number): Uint8Array {
  const length = Math.min(ring.length, limit);
  const bytes = ring.bytes.slice(ring.start, ring.start + length);
  ring.drop(length);
  return bytes;
}

test("an empty ring takes a line of exactly its size, and none that is longer", () => {
  for (let size = 1; size <= 16; size++) {
    for (let before = 0; before <= size; before++) {
      const writer = LineRing.start(size);
      const reader = LineRing.join(writer.shared);
      expect(writer.push(new Uint8Array(before))).toBe(true);
      read(reader, before);
      expect(reader.length).toBe(0);
      expect(writer.push(new Uint8Array(size + 1))).toBe(false);
      const line = Uint8Array.from({ length: size }, (_, i) => i + 1);
      expect(writer.push(line)).toBe(true);
      expect(writer.push(new Uint8Array(1))).toBe(false);
      expect([...read(reader, size), ...read(reader, size)]).toEqual([...line]);
      expect(reader.length).toBe(0);
    }
  }
});

test("is a queue", () => {
  const random = new Random(0x11);
  const writer = LineRing.start(100);
  const reader = LineRing.join(writer.shared);
  let queue: number[] = [];
  let next = 0;
  for (let i = 0; i < 50_000; i++) {
    if (random.below(2) === 0) {
      const line = Uint8Array.from({ length: random.below(60) }, () => next++ & 255);
      const fits = queue.length + line.length <= 100;
      expect(writer.push(line)).toBe(fits);
      if (fits) queue.push(...line);
    } else {
      const bytes = [...read(reader, random.below(60))];
      expect(bytes).toEqual(queue.slice(0, bytes.length));
      queue = queue.slice(bytes.length);
      expect(reader.length === 0).toBe(queue.length === 0);
    }
  }
});
