/**
 * What the control groups of a process let it have (`src/server/process/control-group.ts`).
 *
 * Goal: the least limit of its own group and of all above it counts, in both versions, in a
 * container that sees its group as the root as well; what is absent or odd is no limit; a refused
 * `-m` says who has no more. Method: folders that look like the kernel's.
 */
import { afterAll, describe, expect, test } from "bun:test";
import { availableMemory, checkMachineMemory } from "../../src/server/process/machine-memory.ts";
import { dirname, join } from "node:path";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { groupLimits } from "../../src/server/process/control-group.ts";
import { tmpdir } from "node:os";

const MEBIBYTE = 1024 * 1024;
const NONE = Number.POSITIVE_INFINITY;
const UNLIMITED = { memory: NONE, swap: NONE, both: NONE };

const place = mkdtempSync(join(tmpdir(), "wasmcached-groups-"));
afterAll(() => rmSync(place, { recursive: true }));

function written(folder: string, files: Readonly<Record<string, string>>): string {
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return folder;
}

/** The limits of a process with these groups, in a tree of these files. */
function limitsOf(groups: string, files: Readonly<Record<string, string>>) {
  const folder = written(mkdtempSync(join(place, "tree-")), { list: groups });
  return groupLimits(join(folder, "list"), written(join(folder, "tree"), files));
}

describe("version 2", () => {
  test.each([
    ["the group itself", "/a/b", { "a/b/memory.max": "300\n" }, { memory: 300 }],
    [
      "one above it",
      "/a/b",
      { "a/memory.max": "200\n", "a/b/memory.max": "max\n" },
      { memory: 200 },
    ],
    [
      "the least one, of each kind",
      "/a/b",
      {
        "a/b/memory.max": "300\n",
        "a/b/memory.swap.max": "7\n",
        "a/memory.max": "400\n",
        "a/memory.swap.max": "5\n",
      },
      { memory: 300, swap: 5 },
    ],
    ["a container: the group is the root", "/", { "memory.max": "100\n" }, { memory: 100 }],
    ["a path that is not there", "/docker/1", { "memory.max": "100\n" }, { memory: 100 }],
    [
      "a path out of the tree",
      "/../../a",
      { "memory.max": "9\n", "a/memory.max": "5\n" },
      { memory: 9 },
    ],
    ["not of a sister", "/a/b", { "a/c/memory.max": "5\n", "ab/memory.max": "5\n" }, {}],
    ["no swap", "/", { "memory.swap.max": "0\n" }, { swap: 0 }],
    ["a colon in the name", "/a:b", { "a:b/memory.max": "3\n" }, { memory: 3 }],
  ])("%s", (_, path, files, expected) => {
    expect(limitsOf(`0::${path}\n`, files as Record<string, string>)).toEqual({
      ...UNLIMITED,
      ...expected,
    });
  });
});

function firstVersion(path: string): string {
  return `12:cpu,cpuacct:/x\n4:memory:${path}\n1:name=systemd:/x\n0::/x\n`;
}

describe("version 1", () => {
  test.each([
    [
      "the least one of all above it",
      "/a/b",
      {
        "memory/a/b/memory.limit_in_bytes": "9223372036854771712\n",
        "memory/a/memory.limit_in_bytes": "400\n",
        "memory/a/memory.memsw.limit_in_bytes": "500\n",
        "memory/memory.limit_in_bytes": "9223372036854771712\n",
      },
      { memory: 400, both: 500 },
    ],
    [
      "a container: the path is not there",
      "/docker/1",
      { "memory/memory.limit_in_bytes": "100\n" },
      { memory: 100 },
    ],
    ["not those of another controller", "/a", { "memory/x/memory.limit_in_bytes": "5\n" }, {}],
  ])("%s", (_, path, files, expected) => {
    const limits = limitsOf(firstVersion(path), files as Record<string, string>);
    expect(limits).toEqual({ ...UNLIMITED, ...expected });
  });

  test("beside version 2, which has the memory", () => {
    const files = { "x/memory.max": "600\n", "memory/x/memory.limit_in_bytes": "5\n" };
    expect(limitsOf("4:cpu:/x\n0::/x\n", files)).toEqual({ ...UNLIMITED, memory: 600 });
  });
});

test.each(["", "max", "-1\n", "1e3\n", "0x10\n", "12 kB\n", "\0"])("%j is no limit", (text) => {
  expect(limitsOf("0::/\n", { "memory.max": text, "memory.swap.max": text })).toEqual(UNLIMITED);
});

test.each(["", "nonsense", "0:memory", "::\n"])("groups %j have no limit", (groups) => {
  expect(limitsOf(groups, { "memory.max": "5\n" })).toEqual(UNLIMITED);
});

test("no list, no tree", () => {
  expect(groupLimits("/nowhere/cgroup", "/nowhere")).toEqual(UNLIMITED);
  const folder = written(mkdtempSync(join(place, "list-")), { list: "0::/a\n4:memory:/a\n" });
  expect(groupLimits(join(folder, "list"), "/nowhere")).toEqual(UNLIMITED);
});

describe("what there is", () => {
  // 8000 MiB of memory and 1000 of swap.
  const folder = written(mkdtempSync(join(place, "machine-")), {
    meminfo: "MemTotal:        8192000 kB\nSwapTotal:       1024000 kB\n",
  });
  const available = (limits: Partial<typeof UNLIMITED>) =>
    availableMemory(join(folder, "meminfo"), { ...UNLIMITED, ...limits });

  test.each([
    [{}, 9000, "this machine"],
    [{ memory: 2 ** 63, swap: 2 ** 63, both: 2 ** 63 }, 9000, "this machine"],
    [{ memory: 9000 * MEBIBYTE }, 9000, "this machine"],
    [{ memory: 5000 * MEBIBYTE }, 6000, "the control group of this process"],
    [{ memory: 5000 * MEBIBYTE, swap: 0 }, 5000, "the control group of this process"],
    [{ swap: 300 * MEBIBYTE }, 8300, "the control group of this process"],
    [{ memory: 5000 * MEBIBYTE, both: 5500 * MEBIBYTE }, 5500, "the control group of this process"],
  ])("%j: %d megabytes of %s", (limits, mebibytes, giver) => {
    const given = available(limits);
    expect(given).toEqual({ bytes: mebibytes * MEBIBYTE, giver } as typeof given);
    const refused = { memoryLimit: (mebibytes + 1) * MEBIBYTE, memoriesLeast: 1 };
    const refusal = `-m ${mebibytes + 1}: ${giver} has ${mebibytes} megabytes of memory and swap`;
    expect(() => checkMachineMemory(refused, given)).toThrow(refusal);
    const taken = { memoryLimit: mebibytes * MEBIBYTE, memoriesLeast: 1 };
    expect(() => checkMachineMemory(taken, given)).not.toThrow();
  });
});
