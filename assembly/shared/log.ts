/**
 * The log that `watch` shows, as records in the ring of each thread (base/log-ring.ts).
 *
 *     0       2     3      4       8     16     24           28       32    36     40
 *     ┌───────┬─────┬──────┬───────┬─────┬──────┬────────────┬────────┬─────┬──────┬──────┐
 *     │length │type │text  │detail │ gid │ time │ connection │ number │ ttl │ idle │ text │
 *     │       │     │length│       │     │      │            │        │     │      │      │
 *     └───────┴─────┴──────┴───────┴─────┴──────┴────────────┴────────┴─────┴──────┴──────┘
 *
 * A record's length is a multiple of 8 and it never wraps around: a PAD, which is nothing but
 * length and type, fills the ring's end. The text is the key, or what a host says.
 */

/** What a watcher asks for; bits of the word that tells a thread what is watched. */
export enum LogKind {
  FETCHES = 1,
  MUTATIONS = 2,
  EVICTIONS = 4,
  DELETIONS = 8,
  CONNECTIONS = 16,
  SYSTEM = 32,
}

export enum LogType {
  PAD = 0,
  ITEM_GET = 1,
  ITEM_STORE = 2,
  EVICTION = 3,
  DELETED = 4,
  CONN_NEW = 5,
  CONN_CLOSE = 6,
  CONN_ERROR = 7,
  CONN_TLS_ERROR = 8,
  /** The text is the line from `type=` on. */
  SYSTEM = 9,
}

/** Where the fields of a record are. */
export enum LogField {
  LENGTH = 0,
  TYPE = 2,
  TEXT_LENGTH = 3,
  /** A `LogDetail`. */
  DETAIL = 4,
  /** u64; a record has the number after that of the record written before it, by any thread. */
  GID = 8,
  /** f64, whatever clock the host goes by. */
  TIME = 16,
  CONNECTION = 24,
  /** Bytes of the value; the client's port. */
  NUMBER = 28,
  /** Seconds left; `LOG_TTL_NEVER`. */
  TTL = 32,
  /** Seconds since the last access. */
  IDLE = 36,
  TEXT = 40,
}

/** Bits of a record's detail. */
export enum LogDetail {
  /** The lowest 8: a `Lookup` of ITEM_GET, a `Status` of ITEM_STORE, a `CloseReason`. */
  STATUS_MASK = 255,
  /** 8 bits: a `StoreMode`, a `LogCommand` or a `LogDeleter`; a `LogTransport`. */
  COMMAND_SHIFT = 8,
  /** 8 bits: the slab class. */
  CLASS_SHIFT = 16,
  /** The item was fetched since it was stored. */
  FETCHED = 16777216,
}

export const LOG_TTL_NEVER = 4294967295;

/** Commands beside the six of `StoreMode`. */
export enum LogCommand {
  /** append or prepend that may make the item. */
  NA = 6,
  /** A binary command that could not be begun. */
  NULL = 7,
}

/** What deleted an item. */
export enum LogDeleter {
  DELETE = 0,
  META_DELETE = 1,
}

/** How a client came. */
export enum LogTransport {
  LOCAL = 0,
  TCP = 1,
  UDP = 2,
}

/** Why a connection ended. */
export enum CloseReason {
  ERROR = 0,
  NORMAL = 1,
  IDLE_TIMEOUT = 2,
  SHUTDOWN = 3,
}

/**
 * Each thread's log area: words, but for the time and the text.
 *
 * KINDS, RING and SIZE are the logger's and `init`'s; CONNECTION, TIME and TEXT the host's of that
 * thread; TAIL counts the bytes that the thread ever wrote, HEAD those that the logger has read.
 */
export enum LogArea {
  KINDS = 0,
  RING = 4,
  SIZE = 8,
  CONNECTION = 12,
  TIME = 16,
  TAIL = 24,
  /** On a cache line of its own: another thread writes it. */
  HEAD = 64,
  TEXT = 128,
  LENGTH = 384,
}

/** A text is no longer: its length is one byte. */
export const LOG_TEXT_MAX = 255;

/** Sizes of a ring: powers of two. */
export const LOG_RING_SIZE_MIN = 1024;
export const LOG_RING_SIZE_MAX = 1048576;
