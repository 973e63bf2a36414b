/**
 * What a row of the test table of caches is, and what it is given.
 */
import type * as Api from "../../src/cache/exports.ts";

export type CacheApi = typeof Api;
type Plain = Api.Cache<string | Uint8Array>;

/** Makes a fresh, empty cache of the kind under test. */
export interface Subject {
  readonly api: CacheApi;
  /** Milliseconds of the clock's ticks: ttls are exact to one of them. */
  readonly tickMs: number;
  make<V = string | Uint8Array>(options?: Api.ViewOptions<V>): Api.Cache<V>;
}

export type Row = (cache: Plain, subject: Subject) => void | Promise<void>;
