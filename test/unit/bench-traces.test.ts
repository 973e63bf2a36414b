/**
 * The traces of the memory benchmarks are what they say: their distribution, their scans, shifts
 * and sizes; the same for the same seed; and those of files are read right, wherever the reader's
 * pieces end, or refused with the line that is wrong.
 */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Random } from "../../bench/server/random.ts";
import { footprintOf } from "../../bench/memory/footprint.ts";
import { sizeOf } from "../../bench/memory/generated-traces.ts";
import { Op, TraceBlock } from "../../bench/memory/trace.ts";
import { type TraceSpec, traceOf } from "../../bench/memory/trace-spec.ts";
import { Zipf } from "../../bench/memory/zipf.ts";

interface Request {
  readonly key: string;
  readonly size: number;
  readonly op: Op;
  readonly ttl: number;
}

/** All requests of a trace, read in blocks of a given capacity. */
function requestsOf(spec: TraceSpec, capacity = 64): Request[] {
  const trace = traceOf(spec);
  const block = new TraceBlock(capacity);
  const requests: Request[] = [];
  for (trace.read(block); block.count > 0; trace.read(block)) {
    for (let at = 0; at < block.count; at++) {
      const [size = 0, op = 0, ttl = 0] = [block.sizes[at], block.ops[at], block.ttls[at]];
      requests.push({ key: block.keyText(at), size, op, ttl });
    }
  }
  return requests;
}

const KINDS = ["zipf", "scan", "shifting"] as const;
const numberOf = (key: string): number => Number(key.slice(1));

describe("Zipf", () => {
  test("draws ranks by their shares", () => {
    const zipf = new Zipf(1000, 0.99);
    const random = new Random(7);
    const counts = new Float64Array(1000);
    const draws = 400_000;
    for (let i = 0; i < draws; i++) counts[zipf.draw(random)]!++;
    for (const rank of [0, 1, 2, 9, 99, 999]) {
      const expected = zipf.share(rank) * draws;
      // Five standard deviations of a count.
      expect(Math.abs(counts[rank]! - expected)).toBeLessThan(5 * Math.sqrt(expected));
    }
  });

  test("shares follow the law and sum to one", () => {
    const zipf = new Zipf(500, 0.99);
    expect(zipf.share(0) / zipf.share(9)).toBeCloseTo(10 ** 0.99, 6);
    let sum = 0;
    for (let rank = 0; rank < 500; rank++) sum += zipf.share(rank);
    expect(sum).toBeCloseTo(1, 9);
  });

  test("one rank is always that one", () => {
    expect(new Zipf(1, 0.99).draw(new Random(1))).toBe(0);
  });
});

describe("a generated trace", () => {
  test.each([...KINDS])("%s: follows from its seed, whatever the blocks", (kind) => {
    const spec = { kind, requests: 5000, keys: 700, seed: 3 } as const;
    const requests = requestsOf(spec);
    expect(requests).toHaveLength(5000);
    expect(requestsOf(spec, 7)).toEqual(requests);
    expect(requestsOf({ ...spec, seed: 4 })).not.toEqual(requests);
    for (const { key, size, op } of requests) {
      expect(key).toMatch(/^[zs]\d{15}$/);
      expect(size).toBeGreaterThan(0);
      expect(op).toBe(Op.GET);
    }
  });

  test("sizes spread over the powers of two", () => {
    const octaves = new Map<number, number>();
    const keys = 70_000;
    for (let key = 0; key < keys; key++) {
      const octave = Math.floor(Math.log2(sizeOf(key)));
      octaves.set(octave, (octaves.get(octave) ?? 0) + 1);
    }
    expect([...octaves.keys()].sort((a, b) => a - b)).toEqual([4, 5, 6, 7, 8, 9, 10]);
    for (const count of octaves.values()) expect(count / keys).toBeCloseTo(1 / 7, 2);
  });

  test("zipf: a key keeps its size", () => {
    const sizes = new Map<string, number>();
    for (const { key, size } of requestsOf({ kind: "zipf", requests: 9000, keys: 99, seed: 1 })) {
      expect(sizes.get(key) ?? size).toBe(size);
      sizes.set(key, size);
    }
  });

  test("scan: a fifth of the requests goes through keys one after the other", () => {
    const requests = requestsOf({ kind: "scan", requests: 100_000, keys: 20_000, seed: 1 });
    const scanned = requests.filter(({ key }) => key.startsWith("s"));
    expect(scanned).toHaveLength(20_000);
    expect(scanned.every(({ key }, at) => numberOf(key) === at)).toBe(true);
    // In two runs, at the end of each 50,000.
    expect(requests.findIndex(({ key }) => key.startsWith("s"))).toBe(40_000);
    expect(requests[49_999]?.key).toMatch(/^s/);
    expect(requests[50_000]?.key).toMatch(/^z/);
  });

  test("shifting: the popular keys move on, and sizes grow and shrink", () => {
    const requests = requestsOf({ kind: "shifting", requests: 210_000, keys: 3000, seed: 1 });
    const phases = Array.from({ length: 21 }, (_, i) => requests.slice(i * 10_000, (i + 1) * 1e4));
    const popular = phases.map((phase) => {
      const counts = new Map<string, number>();
      for (const { key } of phase) counts.set(key, (counts.get(key) ?? 0) + 1);
      return numberOf([...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "");
    });
    // The window has 1000 keys and moves by 100 each time.
    expect(popular).toEqual(Array.from({ length: 21 }, (_, i) => 100 * i));
    const last = Math.max(...requests.map(({ key }) => numberOf(key)));
    expect(last).toBeLessThan(3000);
    const means = phases.map((phase) => phase.reduce((sum, { size }) => sum + size, 0) / 1e4);
    expect(means[3]! / means[0]!).toBeGreaterThan(3);
    expect(means[7]! / means[3]!).toBeLessThan(1 / 3);
  });

  test("calcify: all small values come first, each key in turn, then large ones", () => {
    const requests = requestsOf({
      kind: "calcify",
      seed: 1,
      smallBytes: 100,
      smallKeys: 30,
      smallRequests: 50,
      largeBytes: 5000,
      largeKeys: 9,
      largeRequests: 70,
    });
    expect(requests.slice(0, 50).map(({ key }) => numberOf(key))).toEqual(
      Array.from({ length: 50 }, (_, i) => i % 30),
    );
    expect(requests.map(({ size }) => size)).toEqual([
      ...Array.from({ length: 50 }, () => 100),
      ...Array.from({ length: 70 }, () => 5000),
    ]);
    expect(requests.slice(50).every(({ key }) => /^b\d+$/.test(key))).toBe(true);
  });
});

const folder = mkdtempSync(join(tmpdir(), "wasmcached-trace-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileWith(text: string): TraceSpec {
  const path = join(folder, `${crypto.randomUUID()}.csv`);
  writeFileSync(path, text, "latin1");
  return { kind: "file", path };
}

const request = (key: string, size: number, op = Op.GET, ttl = 0): Request => {
  return { key, size, op, ttl };
};

describe("a trace file", () => {
  test.each([
    ["commas", "1,a,10,get,0\n2,b,20,set,60\n3,c,0,delete,0\n"],
    ["spaces", "1 a 10 get 0\n2 b 20 set 60\n3 c 0 delete 0\n"],
    [
      "tabs, CR LF, no end of line at the end",
      "1\ta\t10\tget\t0\r\n2\tb\t20\tset\t60\r\n3\tc\t0\tdelete\t0",
    ],
    ["comments and empty lines", "# a trace\n\n1,a,10,get,0\n2, b ,20,SET,60\n\n3,c,0,delete,0\n"],
    ["names", "ttl,op,size,other,key\n0,get,10,x,a\n60,set,20,x,b\n0,delete,0,x,c\n"],
    ["Twitter's seven columns", "1,a,1,10,7,get,0\n2,b,1,20,7,set,60\n3,c,1,0,7,delete,0\n"],
  ])("with %s", (_, text) => {
    const expected = [request("a", 10), request("b", 20, Op.SET, 60), request("c", 0, Op.DELETE)];
    expect(requestsOf(fileWith(text))).toEqual(expected);
    expect(requestsOf(fileWith(text), 1)).toEqual(expected);
  });

  test("without op and ttl, with libCacheSim's names", () => {
    const text = "timestamp,obj_id,obj_size\n1,17,4096\n2,18,1\n";
    expect(requestsOf(fileWith(text))).toEqual([request("17", 4096), request("18", 1)]);
    expect(requestsOf(fileWith("1 x 5\n"))).toEqual([request("x", 5)]);
  });

  test("with what memcached would not take is cut", () => {
    expect(requestsOf(fileWith("1,a,2000000,set,9999999\n"))).toEqual([
      request("a", 1_000_000, Op.SET, 2_592_000),
    ]);
  });

  test("longer than the reader's piece loses no line and splits none", () => {
    const lines = Array.from({ length: 90_000 }, (_, i) => `${i},key-${i},${i % 977},get,0`);
    const spec = fileWith(`${lines.join("\n")}\n`);
    const requests = requestsOf(spec, 1000);
    expect(requests).toHaveLength(lines.length);
    const wrong = requests.findIndex(({ key, size }, i) => key !== `key-${i}` || size !== i % 977);
    expect(wrong).toBe(-1);
  });

  test.each([
    ["1,a,10,get,0\n2,b,20,fetch,0\n", 'line 2: "fetch" is no operation'],
    ["1,a,ten,get,0\n", 'line 1: "ten" is no number'],
    ["1,a,10,get,-5\n", 'line 1: "-5" is no number'],
    ["1,,10,get,0\n", 'line 1: "" is no key'],
    [`1,${"k".repeat(251)},10,get,0\n`, "is no key"],
    ["1,a\n", "line 1: 2 columns without names"],
    ["1,a,1,1,1,1\n", "line 1: 6 columns without names"],
    ["1,a,1\n\n2,b\n", 'line 3: "" is no number'],
  ])("%j is refused", (text, message) => {
    expect(() => requestsOf(fileWith(text))).toThrow(message);
  });

  test("that is not there is an error", () => {
    expect(() => requestsOf({ kind: "file", path: join(folder, "none") })).toThrow("ENOENT");
  });
});

describe("the footprint", () => {
  test("counts each key once, with its first size", () => {
    const text = "1,a,10\n2,bb,20\n3,a,999\n4,bb,1\n";
    expect(footprintOf(traceOf(fileWith(text)))).toEqual({ requests: 4, keys: 2, bytes: 33 });
  });

  test("of many keys is exact", () => {
    const spec = { kind: "scan", requests: 200_000, keys: 100_000, seed: 5 } as const;
    const sizes = new Map(requestsOf(spec).map(({ key, size }) => [key, size]));
    let bytes = 0;
    for (const [key, size] of sizes) bytes += key.length + size;
    const expected = { requests: 200_000, keys: sizes.size, bytes };
    expect(footprintOf(traceOf(spec))).toEqual(expected);
  });

  test("of nothing is nothing", () => {
    expect(footprintOf(traceOf(fileWith("")))).toEqual({ requests: 0, keys: 0, bytes: 0 });
  });
});
