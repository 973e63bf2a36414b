/**
 * The loads of the benchmark and the limits they are held to.
 *
 * Place: the table behind every row of the report. A limit is on the ratio of our figure to native
 * memcached's in the same run.
 */
import type { DataSetSpec } from "./data-set.ts";
import type { BatchShape } from "./script.ts";

export interface Load {
  readonly name: string;
  readonly title: string;
  readonly shape: BatchShape;
  readonly dataSet: DataSetSpec;
  /** Highest allowed ratio of server processor time per request. */
  readonly limit: number;
  /** Over TLS: served by servers of their own. */
  readonly isSecure?: true;
}

export interface CapacitySize {
  readonly name: string;
  readonly valueBytes: number;
  /** Lowest allowed ratio of items held. */
  readonly limit: number;
}

export const CONNECTIONS = 50;
/** Memory limit (MiB) of the servers under load: nothing is evicted. */
export const LOAD_MEMORY = 1024;
/** Memory limit (MiB) of the servers that are filled until they evict. */
export const CAPACITY_MEMORY = 64;
/** Resident memory may be this many MiB, and this many times the memory limit on top. */
export const RESIDENT_BASE = 60;
export const RESIDENT_FACTOR = 1.05;
/** Highest allowed ratio of the 99.9th percentile of latency at half of native's rate. */
export const LATENCY_LIMIT = 1.5;

const SMALL: DataSetSpec = { prefix: "s", keys: 100_000, valueBytes: 32 };
const PAGE: DataSetSpec = { prefix: "p", keys: 10_000, valueBytes: 4096 };
const LARGE: DataSetSpec = { prefix: "l", keys: 500, valueBytes: 65_536 };
const HUGE: DataSetSpec = { prefix: "h", keys: 100, valueBytes: 500_000 };
/** Written by the set loads, which change the values: the get loads must not read these. */
const SMALL_WRITTEN: DataSetSpec = { ...SMALL, prefix: "ws" };
const LARGE_WRITTEN: DataSetSpec = { ...LARGE, prefix: "wl" };

const get = (keysPerBatch: number): BatchShape => ({ command: "get", keysPerBatch });
const set = (keysPerBatch: number): BatchShape => ({ command: "set", keysPerBatch });
const mg = (keysPerBatch: number): BatchShape => ({ command: "mg", keysPerBatch });
const ms = (keysPerBatch: number): BatchShape => ({ command: "ms", keysPerBatch });
const multiget: BatchShape = { command: "multiget", keysPerBatch: 50 };
const bget = (keysPerBatch: number): BatchShape => ({ command: "binary get", keysPerBatch });
const bset = (keysPerBatch: number): BatchShape => ({ command: "binary set", keysPerBatch });
const bmultiget: BatchShape = { command: "binary multiget", keysPerBatch: 50 };

export const LOADS: readonly Load[] = [
  { name: "get", title: "get, 1 per read", shape: get(1), dataSet: SMALL, limit: 1.05 },
  { name: "get-8", title: "get, 8 pipelined", shape: get(8), dataSet: SMALL, limit: 0.9 },
  { name: "get-50", title: "get, 50 pipelined", shape: get(50), dataSet: SMALL, limit: 0.4 },
  { name: "multiget", title: "get of 50 keys", shape: multiget, dataSet: SMALL, limit: 0.5 },
  { name: "set", title: "set, 1 per read", shape: set(1), dataSet: SMALL_WRITTEN, limit: 1.1 },
  {
    name: "set-50",
    title: "set, 50 pipelined",
    shape: set(50),
    dataSet: SMALL_WRITTEN,
    limit: 0.6,
  },
  { name: "mg", title: "mg with v, 1 per read", shape: mg(1), dataSet: SMALL, limit: 1.05 },
  { name: "mg-50", title: "mg with v, 50 pipelined", shape: mg(50), dataSet: SMALL, limit: 0.45 },
  { name: "ms", title: "ms, 1 per read", shape: ms(1), dataSet: SMALL_WRITTEN, limit: 1.1 },
  { name: "ms-50", title: "ms, 50 pipelined", shape: ms(50), dataSet: SMALL_WRITTEN, limit: 0.6 },
  { name: "bget", title: "binary get, 1 per read", shape: bget(1), dataSet: SMALL, limit: 1.1 },
  {
    name: "bget-50",
    title: "binary get, 50 pipelined",
    shape: bget(50),
    dataSet: SMALL,
    limit: 0.45,
  },
  {
    name: "bmultiget",
    title: "binary getkq of 50 keys, noop",
    shape: bmultiget,
    dataSet: SMALL,
    limit: 0.5,
  },
  {
    name: "bset",
    title: "binary set, 1 per read",
    shape: bset(1),
    dataSet: SMALL_WRITTEN,
    limit: 1.1,
  },
  {
    name: "bset-50",
    title: "binary set, 50 pipelined",
    shape: bset(50),
    dataSet: SMALL_WRITTEN,
    limit: 0.6,
  },
  { name: "get-4k", title: "get of 4 KiB", shape: get(1), dataSet: PAGE, limit: 1.05 },
  { name: "get-64k", title: "get of 64 KiB", shape: get(1), dataSet: LARGE, limit: 1.1 },
  { name: "get-500k", title: "get of 500,000 B", shape: get(1), dataSet: HUGE, limit: 1.1 },
  { name: "set-64k", title: "set of 64 KiB", shape: set(1), dataSet: LARGE_WRITTEN, limit: 1.3 },
  {
    name: "tls-get",
    title: "get over TLS, 1 per read",
    shape: get(1),
    dataSet: SMALL,
    limit: 1.25,
    isSecure: true,
  },
];

/** The same load with and without TLS: their difference is told as well. */
export const SECURE_NAME = "tls-get";
export const PLAIN_NAME = "get";

/** The load whose latency is measured at a fixed rate. */
export const LATENCY_LOAD = LOADS[0]!;

export const CAPACITY_SIZES: readonly CapacitySize[] = [
  { name: "held-8", valueBytes: 8, limit: 1.15 },
  { name: "held-32", valueBytes: 32, limit: 1.1 },
  { name: "held-100", valueBytes: 100, limit: 1.05 },
  { name: "held-500", valueBytes: 500, limit: 1 },
  { name: "held-2000", valueBytes: 2000, limit: 1 },
];

/** Names on the command line for what has no row of its own above. */
export const LATENCY_NAME = "latency";
/** Resident memory of a server filled at `LOAD_MEMORY`. */
export const RESIDENT_NAME = "resident";
export const RESIDENT_VALUE_BYTES = 100;
