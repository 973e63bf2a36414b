/**
 * The core's calls, one by one: what a command costs without its parsing and its socket.
 */
import { Result, Status, StoreMode } from "../../assembly/shared/status.ts";
import type { Core } from "../../src/core/core.ts";
import type { CoreBuild } from "../../src/core/load.ts";
import type { Benchmark, Subject } from "../support/benchmark.ts";
import { KeyTable } from "../support/key-table.ts";
import { startCore } from "../support/local-thread.ts";
import type { Values } from "../support/parameters.ts";

const KEY_LENGTH = 14;

/** Values are of this byte, so that they are numbers, too. */
const DIGIT = 0x37;
const NUMBER_LENGTH = 10;

interface Scene {
  readonly core: Core;
  readonly keys: KeyTable;
  readonly values: Values;
}

/** Stores a value from the inbox, beginning with `first`, under the key at `keyPtr`. */
function store({ core }: Scene, keyPtr: number, length: number, first: number): number {
  const { abi, result, inbox, inboxPtr } = core;
  const item = abi.beginSet(keyPtr, KEY_LENGTH, 0, 0, length, StoreMode.SET) >>> 0;
  if (item === 0) throw new Error("no room for an item");
  inbox[0] = first;
  abi.copy(result[Result.VALUE_PTR] as number, inboxPtr, length);
  return abi.endSet(item, StoreMode.SET, 0, 0);
}

/** A store that holds every key of its table. */
function filledStore(values: Values, build: CoreBuild): Scene {
  const core = startCore({ memoryLimit: values.memoryMebibytes << 20 }, build);
  const keys = new KeyTable(core, values.keyCount, KEY_LENGTH);
  const scene = { core, keys, values };
  core.inbox.fill(DIGIT, 0, values.valueLength);
  for (let index = 0; index < keys.count; index++) {
    const status = store(scene, keys.at(index), values.valueLength, 0x31 + (index % 9));
    if (status !== Status.OK) throw new Error(`the store was not filled: ${status}`);
  }
  return scene;
}

function onFilledStore(
  name: string,
  subjectOf: (scene: Scene) => Subject,
  build: CoreBuild = "core.server",
): Benchmark {
  return { name, operations: 1, prepare: (values) => subjectOf(filledStore(values, build)) };
}

/** The same on the build with locks, none of which is ever contended here. */
function locked(name: string, subjectOf: (scene: Scene) => Subject): Benchmark {
  return onFilledStore(`${name}, with locks`, subjectOf, "core.threads");
}

/** A get of keys from `keys`; its trace is the VALUE block. */
function fetching({ core }: Scene, keys: KeyTable): Subject {
  const { abi, outbox, outboxPtr } = core;
  let length = 0;
  return {
    call: () => (length = abi.fetchText(keys.any(), KEY_LENGTH, outboxPtr, 0, 0)),
    trace: (digest) => digest.addBytes(outbox.subarray(0, length)),
  };
}

const find = onFilledStore("find: hold and release", ({ core, keys }) => ({
  call: () => {
    const item = core.abi.hold(keys.any(), KEY_LENGTH) >>> 0;
    core.abi.release(item);
    return item === 0 ? 0 : 1;
  },
}));

function hitting(scene: Scene): Subject {
  return fetching(scene, scene.keys);
}

const getHit = onFilledStore("get, hit", hitting);
const getHitLocked = locked("get, hit", hitting);

const getMiss = onFilledStore("get, miss", (scene) => {
  return fetching(scene, new KeyTable(scene.core, scene.keys.count, KEY_LENGTH, "mis:"));
});

/** What a get of an embedded cache asks of its core, with a value short enough to be copied. */
const fetchHit = onFilledStore(
  "fetch for the host, hit",
  ({ core, keys }) => {
    const { abi, outbox, outboxPtr, result } = core;
    return {
      call: () => abi.fetchItem(keys.any(), KEY_LENGTH, outboxPtr, 0, 0),
      trace: (digest) => digest.addBytes(outbox.subarray(0, result[Result.VALUE_LENGTH])),
    };
  },
  "core",
);

/** Sets of the keys that `next` gives; their trace is what a get then finds. */
function storing(scene: Scene, length: number, next: () => number): Subject {
  const { core } = scene;
  let keyPtr = 0;
  let calls = 0;
  return {
    call: () => {
      keyPtr = next();
      return store(scene, keyPtr, length, calls++ & 0xff);
    },
    trace: (digest) => {
      const found = core.abi.fetchText(keyPtr, KEY_LENGTH, core.outboxPtr, 0, 0);
      digest.addBytes(core.outbox.subarray(0, found));
    },
  };
}

function storingOver(scene: Scene): Subject {
  const { keys, values } = scene;
  return storing(scene, values.valueLength, () => keys.any());
}

const setOver = onFilledStore("set over an existing item", storingOver);
const setOverLocked = locked("set over an existing item", storingOver);

/** Keys in turn, more than fit: each set takes the place of the item that is longest unused. */
const setEvicting: Benchmark = {
  name: "set with an eviction",
  operations: 1,
  prepare: (values) => {
    const core = startCore({ memoryLimit: values.evictingMebibytes << 20 });
    const keys = new KeyTable(core, values.keyCount, KEY_LENGTH);
    const scene = { core, keys, values };
    let index = 0;
    const subject = storing(scene, values.evictedValueLength, () => keys.at(index++ % keys.count));
    while (index < keys.count) subject.call();
    if (core.abi.hold(keys.at(0), KEY_LENGTH) !== 0) throw new Error("nothing was evicted");
    return subject;
  },
};

const incr = onFilledStore("incr", (scene) => {
  const { core, keys } = scene;
  const { abi, outbox, outboxPtr } = core;
  for (let index = 0; index < keys.count; index++) {
    store(scene, keys.at(index), NUMBER_LENGTH, 0x31 + (index % 9));
  }
  let result = 0;
  return {
    call: () => (result = abi.changeNumber(keys.any(), KEY_LENGTH, 1, 7, 0, outboxPtr)),
    // The upper bits are the length of the new number.
    trace: (digest) => digest.addBytes(outbox.subarray(0, result >> 8)),
  };
});

export const ITEMS: readonly Benchmark[] = [
  find,
  getHit,
  getHitLocked,
  getMiss,
  fetchHit,
  setOver,
  setOverLocked,
  setEvicting,
  incr,
];
