/**
 * Outcomes and modes that cross the border between the core and its hosts.
 *
 * The core never exports these enums (each member would become a wasm global): both sides import
 * this file. Values are part of the ABI; test/abi pins them.
 */

/** What a command came to. */
export enum Status {
  OK = 0,
  NOT_STORED = 1,
  EXISTS = 2,
  NOT_FOUND = 3,
  TOO_LARGE = 4,
  NO_MEMORY = 5,
  NOT_NUMERIC = 6,
}

/** How `storeItem` treats an item that is already there. */
export enum StoreMode {
  SET = 0,
  ADD = 1,
  REPLACE = 2,
  APPEND = 3,
  PREPEND = 4,
  CAS = 5,
}

/** Bits of `fetchText`'s options. */
export enum Fetch {
  /** End the VALUE line with the CAS unique (gets, gats). */
  WITH_CAS = 1,
  /** Set a new expiry and count as touch (gat, gats). */
  TOUCH = 2,
  /** Pin the value whatever its length: the connection cannot take more bytes now. */
  PIN = 4,
}

/** What the last lookup met: `-vvv` prints it. */
export enum Lookup {
  NONE = 0,
  FOUND = 1,
  NOT_FOUND = 2,
  FLUSHED = 3,
  EXPIRED = 4,
}

/** u32 slots of the result area, filled by the call that names them. */
export enum Result {
  /** Item that `allocate` or `fetchText` handed out. */
  ITEM = 0,
  /** First byte of that item's value. */
  VALUE_PTR = 1,
  /** Its length in bytes. */
  VALUE_LENGTH = 2,
  /** A `Lookup`. */
  LOOKUP = 3,
  /** CAS unique of the item that a failed cas met, low and high half. */
  CAS_LOW = 4,
  CAS_HIGH = 5,
  /** Why `allocate` gave no item: a `Status`. */
  STATUS = 6,
  /** How many bytes `fetchKeys` wrote. */
  OUT_LENGTH = 7,
  COUNT = 8,
}

/** Hash functions of `-o hash_algorithm`. */
export enum HashAlgorithm {
  MURMUR3 = 0,
  JENKINS = 1,
  XXH3 = 2,
  /** Every key in one bucket: exists in the debug build only, for tests. */
  HOSTILE = 3,
}

/** Bits of `init`'s options. */
export enum Option {
  /** Evict when memory is full (`-M` clears it). */
  EVICT = 1,
  /** Items carry a CAS unique (`-C` clears it). */
  CAS = 2,
  /** memcached's own item sizes (`-o classic_sizes`). */
  CLASSIC_SIZES = 4,
  /** The hash table may grow (`-o no_hashexpand` clears it). */
  HASH_EXPAND = 8,
  /** Keep the histogram of `stats sizes` (`-o track_sizes`). */
  TRACK_SIZES = 16,
  /** Memory was taken whole at start (`-L`): `cache_memlimit` is refused. */
  PREALLOCATED = 32,
}
