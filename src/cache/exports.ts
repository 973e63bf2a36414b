/**
 * The embedded cache: the package's entry on every host but Bun, where src/index.ts adds the
 * server.
 */
export { Cache } from "./cache.ts";
export type {
  CacheOptions,
  CasOutcome,
  CasValue,
  CodecOptions,
  CountOptions,
  SetOptions,
} from "./cache-options.ts";
export { CacheError, type CacheErrorCode } from "./cache-error.ts";
export type { CacheHandle } from "./cache-store.ts";
export type { CacheKey } from "./key-text.ts";
export type { CacheStats } from "./cache-stats.ts";
export { type BytesCodec, type Codec, type TextCodec } from "./codec.ts";
export { bytesCodec, jsonCodec, textCodec } from "./codec.ts";
export type { SharedStoreOptions } from "./shared-store.ts";
export { StalledError } from "../core/sleep.ts";
export type { Ttl } from "./cache-clock.ts";
