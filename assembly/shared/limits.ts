/**
 * Limits that the core and its hosts share.
 *
 * Read by asc and by Bun alike, so it holds nothing but integer constants. Sizes are in bytes.
 */

/** Longest key, as in memcached. */
export const KEY_LENGTH_MAX = 250;

/** A slab page: what a slab class takes from the page pool at once. */
export const SLAB_PAGE_SIZE = 1048576;

/** Class ids are 6 bits: 0 names no class (the page pool), 1 … 63 are usable. */
export const SLAB_CLASS_COUNT_MAX = 64;

/** Ids of LRU queues: the class in the low 6 bits, the segment in the top two. */
export const QUEUE_COUNT = 256;

/** LRU segments, as they stand in an item's slab id byte. The flat LRU uses COLD only. */
export const SEGMENT_HOT = 0;
export const SEGMENT_WARM = 64;
export const SEGMENT_COLD = 128;
export const SEGMENT_TEMP = 192;

/** Most threads that may share one memory. memcached sets no limit, and warns above 64. */
export const THREADS_MAX = 1024;

/** A wasm page, the unit of linear memory. */
export const WASM_PAGE_SIZE = 65536;

/** Linear memory ends at 4 GiB. */
export const WASM_PAGE_COUNT_MAX = 65536;

/**
 * Input area of a thread: one read of memcached's 16 KiB, plus slack so that a parser may look a
 * few bytes past the end of what was read.
 */
export const INBOX_SIZE = 16384;
export const INBOX_SLACK = 256;

/** Output area of a thread: replies gather here until the batch ends. */
export const OUTBOX_SIZE = 262144;

/**
 * Values up to this length are copied into the outbox; longer ones are pinned and leave the item
 * itself. bench/results shows where copying stops being cheaper than one more system call.
 */
export const COPY_LENGTH_MAX = 32768;

/** Keys of one request that are looked up together: see `warm`. */
export const KEY_BATCH_MAX = 64;

/** Room that one VALUE line can need: `VALUE `, key, flags, length, CAS unique, CR LF. */
export const VALUE_LINE_SIZE_MAX = 320;

/** Room that the first line of mg's reply can need: every flag, key and opaque at their longest. */
export const META_LINE_SIZE_MAX = 512;

/** Who has the right to crawl and does nothing for longer than that can lose it to anybody. */
export const CRAWL_STALL_SECONDS = 5;

/** Area for lists of items that an admin command asks for (memcached's cap for cachedump). */
export const DUMP_SIZE = 2097152;

/** Bytes of one bucket of the size histogram (`stats sizes`). */
export const SIZE_BUCKET = 32;
