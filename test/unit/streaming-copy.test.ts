/** Copies past the caches: the same bytes at the same place as an ordinary copy, and no others. */
import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { Core } from "../../src/core/core.ts";
import { defaultSettings } from "../../src/base/settings.ts";
import { streamingCopy } from "../../src/server/process/streaming-copy.ts";

const isPossible = process.platform === "linux" && process.arch === "x64";
const memory = new WebAssembly.Memory({ initial: 8, maximum: 8, shared: true });
const bytes = new Uint8Array(memory.buffer);

test("any length goes to any offset, from any other", () => {
  const copy = streamingCopy(bytes);
  expect(copy !== null).toBe(isPossible);
  if (copy === null) return;
  const source = new Uint8Array(100_000);
  for (let i = 0; i < source.length; i++) source[i] = (i * 7 + (i >> 8)) & 0xff;
  const expected = new Uint8Array(bytes.length);
  const run = fc.property(
    fc.nat({ max: 1000 }),
    fc.nat({ max: 1000 }),
    fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: 99_000 })),
    (from, to, length) => {
      bytes.fill(0xee);
      expected.fill(0xee);
      const part = source.subarray(from, from + length);
      copy(to, part);
      expected.set(part, to);
      expect(Buffer.compare(bytes, expected)).toBe(0);
    },
  );
  fc.assert(run, { numRuns: 300 });
});

test("a core hands over what is large, and nothing else", () => {
  const core = Core.start(defaultSettings());
  const at = core.inboxPtr;
  const seen: number[][] = [];
  core.copyLarge = (address, part) => void seen.push([address, part.length]);
  core.write(at, new Uint8Array(32_767).fill(1));
  expect(seen).toEqual([]);
  expect(core.bytes[at]).toBe(1);
  core.write(at, new Uint8Array(32_768));
  expect(seen).toEqual([[at, 32_768]]);
});
