/**
 * The core's key hashes: published vectors, independent implementations, and no read outside the
 * key, for every key length and alignment.
 */

import { beforeAll, describe, expect, test } from "bun:test";
import { main as asc } from "assemblyscript/asc";

const MAX_KEY = 250;
const PAGE = 65_536;
const ROOT = `${import.meta.dir}/../..`;
const NAMES = ["jenkins", "murmur3", "xxh3"] as const;

type Name = (typeof NAMES)[number];
type KeyHash = (keyPtr: number, keyLength: number) => number;

const memory = new WebAssembly.Memory({ initial: 1 });
const bytes = new Uint8Array(memory.buffer);
let wasm: Uint8Array<ArrayBuffer>;
let core: Record<Name, KeyHash>;

/** The three hash modules, compiled on their own with the flags of the release build. */
async function compile(): Promise<Uint8Array<ArrayBuffer>> {
  const entries = NAMES.map((name) => `assembly/hash/${name}.ts`);
  let output: Uint8Array<ArrayBuffer> | undefined;
  const flags = ["--baseDir", ROOT, "--config", "asconfig.json", "--target", "release"];
  const { error, stderr } = await asc([...entries, ...flags, "--outFile", "hash.wasm"], {
    writeFile(name, contents) {
      if (name === "hash.wasm") output = Uint8Array.from(contents as Uint8Array);
    },
  });
  if (error !== null || output === undefined) throw new Error(`asc: ${stderr.toString()}`);
  return output;
}

beforeAll(async () => {
  wasm = await compile();
  const { instance } = await WebAssembly.instantiate(wasm, { env: { memory } });
  core = instance.exports as Record<Name, KeyHash>;
}, 60_000);

function hashAt(name: Name, key: Uint8Array, keyPtr: number): number {
  bytes.set(key, keyPtr);
  return core[name](keyPtr, key.length) >>> 0;
}

/** lookup3 over a zero-padded copy of the key, its steps read from tables. */
function jenkinsByTable(key: Uint8Array): number {
  const groups = Math.ceil(key.length / 12);
  const padded = new Uint8Array(groups * 12);
  padded.set(key);
  const state = new Uint32Array(3).fill(0xdeadbeef + key.length);
  const rotated = (index: number, by: number): number =>
    (state[index]! << by) | (state[index]! >>> (32 - by));
  for (let group = 0; group < groups; group++) {
    for (let i = 0; i < 12; i++) state[i >> 2]! += padded[group * 12 + i]! * 2 ** (8 * (i & 3));
    if (group < groups - 1) {
      for (const [step, by] of [4, 6, 8, 16, 19, 4].entries()) {
        const [x, y, z] = [step % 3, (step + 2) % 3, (step + 1) % 3] as const;
        state[x]! -= state[y]!;
        state[x]! ^= rotated(y, by);
        state[y]! += state[z]!;
      }
      continue;
    }
    for (const [step, by] of [14, 11, 25, 16, 4, 14, 24].entries()) {
      const [x, y] = [(step + 2) % 3, (step + 1) % 3] as const;
      state[x]! ^= state[y]!;
      state[x]! -= rotated(y, by);
    }
  }
  return state[2]!;
}

const reference: Record<Name, (key: Uint8Array) => number> = {
  jenkins: jenkinsByTable,
  murmur3: (key) => Bun.hash.murmur32v3(key, 0) >>> 0,
  xxh3: (key) => Number(BigInt.asUintN(32, Bun.hash.xxHash3(key, 0n))),
};

/** Bytes from a linear congruential generator, the same for the same seed. */
function randomBytes(length: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
}

/** Three keys of the length, the same on every run. */
function keysOfLength(length: number): Uint8Array[] {
  return [1, 2, 3].map((seed) => randomBytes(length, seed * 1009 + length));
}

const VECTORS: [key: string, jenkins: number, murmur3: number, xxh3: number][] = [
  ["", 0xdeadbeef, 0x00000000, 0x38d394c2],
  ["a", 0x58d68708, 0x3c2569b2, 0x1e964e1f],
  ["foo", 0xe18f6896, 0xf6a5c420, 0x077e7d8a],
  ["foobarbaz", 0x697d6451, 0x56281fb6, 0x4d47c7b6],
  ["key:12345", 0xbf775e53, 0xa6a5f94f, 0x4c622295],
  ["memcached", 0xaf1b272e, 0x784f2b61, 0xa01f8644],
  ["0123456789abcdef".repeat(2), 0x8a136f83, 0xb3431dee, 0x6c0ac055],
  ["x".repeat(MAX_KEY), 0x6fb8cd64, 0x7c251b22, 0xe826136d],
];

describe("vectors", () => {
  test.each(VECTORS)("%p", (text, jenkins, murmur3, xxh3) => {
    const key = new TextEncoder().encode(text);
    const expected = { jenkins, murmur3, xxh3 };
    for (const name of NAMES) {
      expect([name, reference[name](key)]).toEqual([name, expected[name]]);
      expect([name, hashAt(name, key, 1024)]).toEqual([name, expected[name]]);
    }
  });
});

describe.each([...NAMES])("%s", (name) => {
  test("agrees with another implementation for every length and alignment", () => {
    for (let length = 0; length <= MAX_KEY; length++) {
      for (const key of keysOfLength(length)) {
        const expected = reference[name](key);
        for (let offset = 0; offset < 8; offset++) {
          expect([length, offset, hashAt(name, key, 1024 + offset)]).toEqual([
            length,
            offset,
            expected,
          ]);
        }
      }
    }
  });

  test("depends on no byte around the key", () => {
    for (let length = 0; length <= MAX_KEY; length++) {
      const key = randomBytes(length, length + 1);
      const seen = [0x00, 0xa5, 0xff].map((around) => {
        bytes.fill(around, 0, 4096);
        return hashAt(name, key, 2048);
      });
      expect([length, ...seen]).toEqual([length, seen[0]!, seen[0]!, seen[0]!]);
    }
  });

  test("reads nothing before the first or after the last byte of memory", () => {
    for (let length = 0; length <= MAX_KEY; length++) {
      const key = randomBytes(length, length + 2);
      const expected = reference[name](key);
      expect([length, hashAt(name, key, 0)]).toEqual([length, expected]);
      expect([length, hashAt(name, key, PAGE - length)]).toEqual([length, expected]);
    }
  });
});

test("xxh3 holds up to its bound of 1024 bytes", () => {
  for (let length = MAX_KEY + 1; length <= 1024; length++) {
    const key = randomBytes(length, length);
    expect([length, hashAt("xxh3", key, 1024)]).toEqual([length, reference.xxh3(key)]);
  }
});

test("the compiled module imports only memory, and has no data and no other export", async () => {
  const module = await WebAssembly.compile(wasm);
  expect(WebAssembly.Module.imports(module).map(({ module, name }) => `${module}.${name}`)).toEqual(
    ["env.memory"],
  );
  expect(WebAssembly.Module.exports(module).map(({ name }) => name)).toEqual([...NAMES]);
  const untouched = new WebAssembly.Memory({ initial: 1 });
  await WebAssembly.instantiate(wasm, { env: { memory: untouched } });
  expect(new Uint8Array(untouched.buffer).every((byte) => byte === 0)).toBe(true);
});
