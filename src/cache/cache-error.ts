/**
 * What can go wrong in a call of the embedded cache. Misses and refusals (`add` of a key that is
 * there) are results, not errors.
 */

/**
 * - `KEY`: a key is empty or longer than 250 bytes
 * - `VALUE`: a value is of the wrong type, or its codec gave something that is; or it is nothing
 *   that the codec can write, or has written
 * - `TOO_LARGE`: the value is longer than the cache takes (`cache.maxValueBytes`)
 * - `NO_MEMORY`: there was no memory and nothing that could be evicted
 * - `NOT_NUMERIC`: incr or decr of a value that is no decimal number of 64 bits
 * - `RANGE`: an option, a ttl or a number is out of its range
 * - `SNAPSHOT`: bytes are no snapshot, a damaged one, or one of another layout
 * - `THREADS`: every place for a thread of a shared cache is taken
 * - `CLOSED`: the cache was disposed
 */
export type CacheErrorCode =
  | "KEY"
  | "VALUE"
  | "TOO_LARGE"
  | "NO_MEMORY"
  | "NOT_NUMERIC"
  | "RANGE"
  | "SNAPSHOT"
  | "THREADS"
  | "CLOSED";

export class CacheError extends Error {
  override readonly name = "CacheError";
  readonly code: CacheErrorCode;

  constructor(code: CacheErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
