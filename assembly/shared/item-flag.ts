/**
 * Flags of an item, as they stand in its header (item/item.ts).
 *
 * The host tells of them in memcached's numbers where it is asked to (core/crawl-lines.ts).
 */

/** Bits of `itemFlags`. HAS_CAS is worth its own size, so that offsets need no branch. */
export enum ItemFlag {
  LINKED = 1,
  FETCHED = 2,
  SLABBED = 4,
  HAS_CAS = 8,
  HAS_CLIENT_FLAGS = 16,
  ACTIVE = 32,
  /** The key came in base64, and is given back so. */
  KEY_BINARY = 64,
  /** Invalidated, but still served. */
  STALE = 128,
  /** A client was told that it is the one to store this anew. */
  TOKEN_SENT = 256,
  /** The head of an item whose value is in chunks of their own (chunks.ts). */
  CHUNKED = 512,
  /** One of those chunks. */
  CHUNK = 1024,
  /** Free, and in its class's free list. */
  LISTED = 2048,
  /** Free, in no list: its page is on its way to another class. */
  LOOSE = 4096,
  /** Seen by a running check; never set otherwise. */
  CHECKED = 32768,
}
