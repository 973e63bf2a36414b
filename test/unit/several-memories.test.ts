/**
 * The parts of a store over several memories, each by itself.
 *
 * Goal: addresses name every byte of every memory; keys are spread evenly; a limit is shared out
 * whole; tables have the buckets of one; the machine's memory is read as Linux tells it; records of
 * all memories come out in the order of their times, numbered through; maintenance takes turns.
 * Method: tables, and a random sequence against a plain list.
 */
import { addressOf, memoryOf, offsetOf } from "../../src/base/address.ts";
import { availableMemory, checkMachineMemory } from "../../src/server/process/machine-memory.ts";
import { describe, expect, test } from "bun:test";
import { hashPowerShare, limitShares, memoryCount } from "../../src/core/routed/plan.ts";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type Background, maintenanceGroup } from "../../src/core/maintenance-group.ts";
import { Gauge } from "../../assembly/shared/counters.ts";
import { LineWriter } from "../../src/core/line-writer.ts";
import { LocalServer } from "../support/in-process.ts";
import { LogKind } from "../../assembly/shared/log.ts";
import { MergedLogRings } from "../../src/core/routed/merged-log-rings.ts";
import { Random } from "../support/random.ts";
import { defaultSettings } from "../../src/base/settings.ts";
import { join } from "node:path";
import { latin1 } from "../support/bytes.ts";
import { startCore } from "../../src/core/start-core.ts";
import { tmpdir } from "node:os";

const MEBIBYTE = 1024 * 1024;
const GIBIBYTE = 1024 * MEBIBYTE;

describe("addresses", () => {
  test.each([0, 1, 7, 1023])("of memory %d name each place in it", (memory) => {
    for (const offset of [1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]) {
      // As a call of the core returns it: signed.
      const address = addressOf(memory, offset | 0);
      expect(Number.isSafeInteger(address)).toBe(true);
      expect([memoryOf(address), offsetOf(address)]).toEqual([memory, offset]);
    }
    expect(addressOf(memory, 0)).toBe(0);
  });
});

describe("how many memories", () => {
  test.each([
    [64, 1, 1],
    [3584, 1, 1],
    [3585, 1, 2],
    [8192, 1, 3],
    [65_536, 1, 19],
    [64, 3, 3],
    [8192, 2, 3],
  ])("-m %d, at least %d: %d", (mebibytes, memoriesLeast, expected) => {
    expect(memoryCount({ memoryLimit: mebibytes * MEBIBYTE, memoriesLeast })).toBe(expected);
  });

  test("a limit is shared out whole, the largest share first", () => {
    for (let mebibytes = 0; mebibytes < 100; mebibytes++) {
      for (let count = 1; count < 12; count++) {
        const shares = limitShares(mebibytes, count);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(mebibytes);
        expect(shares).toEqual(shares.toSorted((a, b) => b - a));
        expect((shares[0] as number) - (shares.at(-1) as number)).toBeLessThanOrEqual(1);
      }
    }
  });

  test("all tables have at least the buckets of one, and less than twice as many", () => {
    for (let count = 1; count < 40; count++) {
      const buckets = count * 2 ** hashPowerShare(20, count);
      expect(Math.floor(Math.log2(buckets))).toBe(20);
    }
  });
});

function reading(text: string): number | null {
  const folder = mkdtempSync(join(tmpdir(), "wasmcached-meminfo-"));
  const file = join(folder, "meminfo");
  writeFileSync(file, text);
  const limits = { memory: Infinity, swap: Infinity, both: Infinity };
  const total = availableMemory(file, limits)?.bytes ?? null;
  rmSync(folder, { recursive: true });
  return total;
}

function machine(bytes: number) {
  return { bytes, giver: "this machine" } as const;
}

describe("what the machine can give", () => {
  test("memory and swap together", () => {
    const text = "MemTotal:       10000 kB\nMemFree: 5 kB\nSwapTotal:        24 kB\n";
    expect(reading(text)).toBe(10_024 * 1024);
    expect(reading("MemFree: 5 kB\n")).toBeNull();
    expect(availableMemory("/nowhere/meminfo")).toBeNull();
  });

  test("more than that is refused where it takes several memories", () => {
    const settings = { memoryLimit: 8 * GIBIBYTE, memoriesLeast: 1 };
    const refusal = "-m 8192: this machine has 8191 megabytes of memory and swap";
    expect(() => checkMachineMemory(settings, machine(8 * GIBIBYTE - 1))).toThrow(refusal);
    expect(() => checkMachineMemory(settings, machine(8 * GIBIBYTE))).not.toThrow();
    expect(() => checkMachineMemory(settings, null)).not.toThrow();
    const small = { memoryLimit: 3 * GIBIBYTE, memoriesLeast: 1 };
    expect(() => checkMachineMemory(small, machine(GIBIBYTE))).not.toThrow();
  });
});

test.each(["murmur3", "jenkins", "xxh3"])("%s: keys are spread evenly", (algorithm) => {
  const options = ["-o", `hash_algorithm=${algorithm}`];
  const server = new LocalServer(options, "core.server", 3);
  const { connection } = server.open();
  for (let i = 0; i < 3000; i++) {
    connection.receive(latin1(`set session:${i} 0 0 1 noreply\r\nv\r\n`));
    server.settle();
  }
  const counts = server.context.core.cores.map((core) => core.gauge(Gauge.ITEMS));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(3000);
  expect(Math.min(...counts)).toBeGreaterThan(850);
  // Bucket and lock go by other bits: within a memory they are spread as evenly.
  const { abi, inbox, inboxPtr } = server.context.core;
  const locks = new Map<string, number>();
  for (let i = 0; i < 3000; i++) {
    const key = latin1(`session:${i}`);
    inbox.set(key);
    const hash = abi.hashKey(inboxPtr, key.length) >>> 0;
    const place = `${Math.floor((hash * 3) / 2 ** 32)} ${hash & 7}`;
    locks.set(place, (locks.get(place) ?? 0) + 1);
  }
  expect(locks.size).toBe(24);
  expect(Math.min(...locks.values())).toBeGreaterThan(80);
});

test("records of all memories are told by their times, and numbered through", () => {
  const settings = { ...defaultSettings(), memoryLimit: 24 * MEBIBYTE, memoriesLeast: 3 };
  const core = startCore(settings, "core.server", 1, false);
  // The clock stands still: each record is told to be later all the same.
  core.events.clock = () => 1_000_000;
  const rings = new MergedLogRings(core.cores);
  rings.want(LogKind.SYSTEM);
  const line = new LineWriter(2048);
  const random = new Random(0x109);
  const expected: string[] = [];
  const got: string[] = [];
  for (let i = 0; i < 2000; i++) {
    core.cores[random.below(3)]?.events.system(`event ${i}`);
    expected.push(`gid=${i + 1} event ${i}`);
    if (random.oneIn(5)) drain(1 + random.below(9));
  }
  drain(Number.MAX_SAFE_INTEGER);
  expect(got).toEqual(expected);

  function drain(limit: number): void {
    rings.drain(limit, (record, gid) => {
      line.clear();
      record.writeLine(line, gid);
      const text = Buffer.from(line.bytes.subarray(0, line.length)).toString("latin1");
      got.push(text.replace(/^ts=\S+ /, "").trim());
    });
  }
});

describe("maintenance of several memories", () => {
  test("each has its slice when it is due, and a job wakes all", () => {
    let now = 0;
    const calls: string[] = [];
    const member = (name: string, wait: number): Background => ({
      start: () => calls.push(`${name} starts`),
      slice: () => {
        calls.push(`${name} at ${now}`);
        return wait;
      },
    });
    const group = maintenanceGroup([member("a", 10), member("b", 25)], () => now);
    for (const until of [0, 10, 20, 25, 30]) {
      now = until;
      while (group.slice(1) <= 0);
    }
    expect(calls.splice(0)).toEqual([
      "a at 0",
      "b at 0",
      "a at 10",
      "a at 20",
      "b at 25",
      "a at 30",
    ]);
    group.start({ kind: "move" });
    expect(group.slice(1)).toBe(0);
    expect(calls).toEqual(["a starts", "b starts", "a at 30"]);
  });

  test("of one memory is that memory's", () => {
    const only: Background = { start: () => undefined, slice: () => 7 };
    expect(maintenanceGroup([only], () => 0)).toBe(only);
  });
});
