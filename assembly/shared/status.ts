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
  /** So many hold the item already that it cannot be held once more. */
  OVERHELD = 7,
  /** There is no memory for an item that was to be made because there was none. */
  NO_MEMORY_NEW = 8,
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

/** Beside the mode that `beginSet` is told: a failure is not counted (binary commands). */
export const UNCOUNTED = 16;

/** Bits of the options of `fetchText`, `fetchKeys` and `fetchItem`. */
export enum Fetch {
  /** End the VALUE line with the CAS unique (gets, gats). */
  WITH_CAS = 1,
  /** Set a new expiry and count as touch (gat, gats). */
  TOUCH = 2,
  /** Pin the value whatever its length: the connection cannot take more bytes now. */
  PIN = 4,
  /** The value is not wanted (binary touch). */
  NO_VALUE = 8,
  /** Neither count nor access: somebody only looks at the item (me). */
  LOOK = 16,
}

/**
 * Bits of the options of `fetchMeta`, `endStore`, `removeItem` and `changeItem`: which slots of
 * `Argument` hold something, and what else the command asks for.
 */
export enum With {
  /** Compare the item's CAS unique with `Argument.CAS`. */
  CAS = 1,
  /** Give `Argument.NEW_CAS` instead of the next CAS unique. */
  NEW_CAS = 2,
  /** Set `Argument.EXPIRES_AT`. */
  EXPIRY = 4,
  /** Where there is no item, make one, which ends at `Argument.VIVIFY_EXPIRES_AT`. */
  VIVIFY = 8,
  /** Keep the item, but mark it as stale; store a value that comes too late as stale. */
  INVALIDATE = 16,
  /** Put an empty item with `Argument.CLIENT_FLAGS` in its place. */
  DROP_VALUE = 32,
  /** The key was sent in base64. */
  KEY_BINARY = 64,
  /** The value is wanted. */
  VALUE = 128,
  /** This is no access. */
  NO_BUMP = 256,
  /** Pin the value whatever its length. */
  PIN = 512,
  /** A CAS unique that differs counts as a miss (md). */
  COUNT_EXISTS = 1024,
}

/** u32 slots of the argument area: written before a call whose options name them. */
export enum Argument {
  CAS_LOW = 0,
  CAS_HIGH = 1,
  NEW_CAS_LOW = 2,
  NEW_CAS_HIGH = 3,
  EXPIRES_AT = 4,
  VIVIFY_EXPIRES_AT = 5,
  /** R of `fetchMeta`. */
  RECACHE_AT = 6,
  CLIENT_FLAGS = 7,
  /** Of `changeItem`, which always reads it. */
  DELTA_LOW = 8,
  DELTA_HIGH = 9,
  /** The number of an item that `changeItem` makes. */
  INITIAL_LOW = 10,
  INITIAL_HIGH = 11,
  /** Where the next note of what is gone will be, and the end of their area; 0 = no notes. */
  NOTES_AT = 12,
  NOTES_END = 13,
  /** Counts notes for which there was no room. */
  NOTES_UNTOLD = 14,
  COUNT = 15,
}

/** Why an item is gone, in a note. */
export enum Gone {
  /** It had to make room. */
  EVICTED = 0,
  EXPIRED = 1,
}

/** Bits of `Result.ITEM_STATE`. All but the last are bits of the item itself. */
export enum ItemState {
  /** It was fetched since it was stored. */
  FETCHED = 2,
  /** Its key was sent in base64. */
  KEY_BINARY = 64,
  STALE = 128,
  /** A client has won it, and is expected to store it anew. */
  TOKEN_SENT = 256,
  /** This call made it. */
  CREATED = 65536,
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
  /** Item that is held for the host, or 0. */
  ITEM = 0,
  /** First byte of that item's value. */
  VALUE_PTR = 1,
  /** Its length in bytes; from `endStore`, that of the value stored. */
  VALUE_LENGTH = 2,
  /** A `Lookup`. */
  LOOKUP = 3,
  /** CAS unique, low and high half: of the item fetched or stored, or the one that a cas met. */
  CAS_LOW = 4,
  CAS_HIGH = 5,
  /** Why there is no item: a `Status`. */
  STATUS = 6,
  /** How many bytes `fetchKeys` wrote. */
  OUT_LENGTH = 7,
  CLIENT_FLAGS = 8,
  /** Internal seconds; 0 = never. */
  EXPIRES_AT = 9,
  /** Internal seconds of the access before this one. */
  LAST_ACCESS = 10,
  /** Bits of `ItemState`. */
  ITEM_STATE = 11,
  /** The item's size in bytes. */
  SIZE = 12,
  CLASS_ID = 13,
  /** The number after `changeItem`. */
  NUMBER_LOW = 14,
  NUMBER_HIGH = 15,
  COUNT = 16,
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
  /** The LRU has segments from the start (`-o lru_maintainer`). */
  SEGMENTED = 64,
  /** Set by `compact`: a class in want of memory may take a slab page from another one. */
  SEIZE_PAGES = 128,
}

/**
 * u32 slots of the sums of a crawled queue: how many items have 0 … 59 minutes left, and these.
 */
export enum CrawlSum {
  LATER = 60,
  NO_EXPIRY = 61,
  SEEN = 62,
  RECLAIMED = 63,
  COUNT = 64,
}

/** Who has the right to crawl: what `takeCrawl` gives. */
export enum CrawlTicket {
  NOBODY = 0,
  /** A crawl that nobody asked for. */
  SERVER = 1,
  /** Clients have this one, or a higher one: each time another. */
  FIRST = 2,
}

/**
 * Behind these sums, in bytes from them on: the item that the crawler reclaimed last. Its flags,
 * slab id and key length are u32 each.
 */
export enum CrawlFound {
  /** Bits of `ItemFlag`. */
  FLAGS = 256,
  SLAB_ID = 260,
  KEY_LENGTH = 264,
  KEY = 268,
}

/** What `startMove` answers. */
export enum MoveStatus {
  OK = 0,
  /** The mover has a page already. */
  RUNNING = 1,
  BAD_CLASS = 2,
  /** The class has no page to spare. */
  NO_SPARE = 3,
  SAME = 4,
}

/** What kept a chunk from moving last; memcached's words for it are the host's. */
export enum MoveBusy {
  NONE = 0,
  /** It is being filled, or stored no more and still held. */
  UPLOADING = 1,
  /** It is stored, and being sent; or there was no room for it elsewhere. */
  ACTIVE = 2,
  /** It was dead and held, and was unlinked just now; or a thread keeps it as its spare. */
  FLOATING = 3,
  /** Its lock was not free. */
  LOCKED = 4,
}
