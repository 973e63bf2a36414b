/**
 * Looking ahead: the keys of commands to come are found among whatever else was sent, and nothing
 * but the key batch changes.
 */
import { describe, expect, test } from "bun:test";
import { CoreDriver } from "../support/core-driver.ts";
import { KEY_BATCH_MAX, KEY_LENGTH_MAX } from "../../assembly/shared/limits.ts";
import { latin1 } from "../support/bytes.ts";
import * as fc from "fast-check";

/** Up to the slab page that there is. */
const LOOKED_AT = 6 * 1024 * 1024;

/** The places where results of it may stand: key batch, buckets and hashes, and the sentinel. */
const BATCH_SIZE = 0x600;

/** Looks ahead over `input` in the inbox; the keys that it found. */
function keysAhead(
  driver: CoreDriver,
  call: "lookAheadLines" | "lookAheadPackets",
  input: Uint8Array,
  countMax = KEY_BATCH_MAX,
): string[] {
  const { abi, bytes } = driver.core;
  const places = new Uint32Array(bytes.buffer, abi.keysPtr(), 2 * KEY_BATCH_MAX);
  places.fill(0);
  const start = abi.inboxPtr();
  bytes.set(input, start);
  abi[call](start, start + input.length, countMax);
  const found: string[] = [];
  for (let i = 0; i < KEY_BATCH_MAX && places[2 * i] !== 0; i++) {
    const at = places[2 * i] as number;
    const key = bytes.subarray(at, at + (places[2 * i + 1] as number));
    found.push(Buffer.from(key).toString("latin1"));
  }
  return found;
}

function packet(opcode: number, extras: number, key: string, value: string): Uint8Array {
  const bytes = Buffer.alloc(24 + extras + key.length + value.length, 1);
  bytes.writeUInt8(0x80, 0);
  bytes.writeUInt8(opcode, 1);
  bytes.writeUInt16BE(key.length, 2);
  bytes.writeUInt8(extras, 4);
  bytes.writeUInt32BE(extras + key.length + value.length, 8);
  bytes.write(key + value, 24 + extras, "latin1");
  return bytes;
}

describe("lines", () => {
  const driver = new CoreDriver();

  test.each([
    ["set", "set a 0 0 2\r\nxx\r\nset b 1 2 10\r\n0123\nab cd\r\nget c\r\n", ["a", "b", "c"]],
    ["ms", "ms a 2 T0 c\r\nxx\r\nms b 0\r\n\r\nmd c q\r\n", ["a", "b", "c"]],
    [
      "all with a value",
      "add a 0 0 1\r\n1\r\ncas b 0 0 1 77\r\n2\r\nreplace c 0 0 1\r\n3\r\n",
      ["a", "b", "c"],
    ],
    [
      "append and prepend",
      "append a 0 0 1\r\n1\r\nprepend b 0 0 1\r\n3\r\nincr c 1\r\n",
      ["a", "b", "c"],
    ],
    ["mg brings its own", "mg a v\r\nset b 0 0 1\r\n1\r\nmg c v\r\ndelete d\r\n", ["b", "d"]],
    ["bare LF and many spaces", "set  a  0 0  1\nx\r\ntouch   b 1\n", ["a", "b"]],
    ["no key", "version\r\nmn\r\nset\r\n\r\ndelete a\r\n", ["a"]],
    ["half a line at the end", "delete a\r\nset b", ["a", "b"]],
    ["a value that has not come", "set a 0 0 100\r\nxx\r\ndelete b\r\n", ["a"]],
    ["a value of 4 GB", "set a 0 0 4000000000\r\ndelete b\r\n", ["a"]],
  ])("%s", (_name, input, keys) => {
    expect(keysAhead(driver, "lookAheadLines", latin1(input))).toEqual(keys);
  });

  test("a key that is too long is none, and no more commands than asked for", () => {
    const input = latin1(`delete ${"k".repeat(KEY_LENGTH_MAX + 1)}\ndelete a\ndelete b\n`);
    expect(keysAhead(driver, "lookAheadLines", input)).toEqual(["a", "b"]);
    expect(keysAhead(driver, "lookAheadLines", input, 2)).toEqual(["a"]);
    expect(keysAhead(driver, "lookAheadLines", input, 0)).toEqual([]);
  });
});

test("packets", () => {
  const driver = new CoreDriver();
  const packets = [
    packet(0x01, 8, "a", "value"),
    packet(0x00, 0, "brings its own", ""),
    packet(0x04, 0, "b", ""),
    packet(0x05, 20, "c", ""),
    packet(0x0a, 0, "", ""),
    packet(0x11, 8, "d", "v"),
  ];
  const input = Buffer.concat(packets);
  expect(keysAhead(driver, "lookAheadPackets", input)).toEqual(["a", "b", "c", "d"]);
  // Without the last byte the key of the last packet is still there; without its key it is not.
  expect(keysAhead(driver, "lookAheadPackets", input.subarray(0, -1))).toHaveLength(4);
  expect(keysAhead(driver, "lookAheadPackets", input.subarray(0, -2))).toHaveLength(3);
  expect(keysAhead(driver, "lookAheadPackets", input, 3)).toEqual(["a", "b"]);
});

test("whatever was sent, nothing but the key batch changes", () => {
  const driver = new CoreDriver();
  for (let i = 0; i < 100; i++) driver.set(`key:${i}`, `value ${i}`);
  const { abi, bytes } = driver.core;
  const word = fc.constantFrom("set ", "ms ", "key:1", " ", "\r\n", "\n", "0", "12", "\x80\x01");
  const noise = fc.string({ unit: "binary-ascii", maxLength: 8 });
  const input = fc.array(fc.oneof(word, noise), { maxLength: 200 });
  fc.assert(
    fc.property(input, fc.integer({ min: 0, max: KEY_BATCH_MAX }), (parts, countMax) => {
      const sent = latin1(parts.join(""));
      const end = abi.inboxPtr() + sent.length;
      for (const call of ["lookAheadLines", "lookAheadPackets"] as const) {
        bytes.set(sent, abi.inboxPtr());
        const before = bytes.slice(0, LOOKED_AT);
        abi[call](abi.inboxPtr(), end, countMax);
        before.set(bytes.subarray(abi.keysPtr(), abi.keysPtr() + BATCH_SIZE), abi.keysPtr());
        before.set(bytes.subarray(end, end + 1), end);
        expect(Buffer.compare(before, bytes.subarray(0, LOOKED_AT))).toBe(0);
      }
    }),
    { numRuns: 40 },
  );
  expect(driver.check()).toBe(0);
});
