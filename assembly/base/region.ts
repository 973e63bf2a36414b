/**
 * The memory map: where everything lies in linear memory.
 *
 *     0        unused: address 0 is "no item"
 *     1 KiB    StoreState (scalars, store-state.ts)
 *     1.5 KiB  what is written often: next CAS unique, slab allocator, locks of admin work, gid
 *     4 KiB    SlabClass × 64
 *     8 KiB    Queue × 256 (id byte of an item: class in the low 6 bits, segment above)
 *     24 KiB   counters at the last `stats reset`
 *     64 KiB   item locks, u32 × up to 32768
 *     648 KiB  crawler: its lock, sums of the queue at hand, what it reclaimed last
 *     704 KiB  slab page owners, u8 × up to 4096: class id of each slab page
 *     708 KiB  slab page turns, u32 × up to 4096: which one of its class is the oldest
 *     768 KiB  the debug build's constant texts (its asserts name their file)
 *     1 MiB    dump area (2 MiB)
 *     3 MiB    thread areas, 388 KiB for each thread (thread.ts draws one)
 *     …        log rings, one for each thread, where they are wanted (log-ring.ts)
 *     …        size histogram, where it is wanted: u32 for each 32 bytes of `-I`, and one more
 *     …        hash table, u32 × 2^hashPowerMax (grows in place, see hash/table.ts)
 *     …        slab pages, each 1 MiB and aligned to 1 MiB, to the end of memory
 *
 * Memory is taken whole at start, so no address ever moves. Regions that are not used stay
 * untouched and cost no resident memory.
 */
import { DUMP_SIZE, QUEUE_COUNT, SLAB_CLASS_COUNT_MAX } from "../shared/limits";
import { ClassCounter, Counter } from "../shared/counters";

export const STORE_PTR: usize = 0x400;
export const CAS_NEXT_PTR: usize = 0x600;
export const SLABS_PTR: usize = 0x640;
export const EXPANSION_LOCK_PTR: usize = 0x680;
export const DUMP_LOCK_PTR: usize = 0x684;
/** u64: the number of the last log record (log-ring.ts). */
export const LOG_GID_PTR: usize = 0x6c0;
/** Held by whoever moves items in the background (maintenance/). */
export const MAINTENANCE_LOCK_PTR: usize = 0x688;
export const CLASSES_PTR: usize = 0x1000;
export const QUEUES_PTR: usize = 0x2000;
export const BASELINE_PTR: usize = 0x6000;
export const ITEM_LOCKS_PTR: usize = 0x10000;
export const CRAWL_PTR: usize = 0xa2000;
export const PAGE_OWNERS_PTR: usize = 0xb0000;
export const PAGE_TURNS_PTR: usize = 0xb1000;
export const DUMP_PTR: usize = 0x100000;
export const THREADS_PTR: usize = 0x300000;

/** Sizes of the structs that lie in arrays here; their own files pin them. */
export const STORE_SIZE: usize = 256;
export const SLAB_CLASS_SIZE: usize = 64;
export const QUEUE_SIZE: usize = 64;

/** Bytes of a thread's counters: u64 for each Counter, then for each class and ClassCounter. */
export const CLASS_COUNTERS_SIZE: usize = 8 * <usize>ClassCounter.COUNT;
export const CLASS_COUNTERS_AT: usize = 8 * <usize>Counter.COUNT;
export const COUNTERS_SIZE: usize = CLASS_COUNTERS_AT + CLASS_COUNTERS_SIZE * SLAB_CLASS_COUNT_MAX;

/** Most item locks there may be: 2^15 (specification §1.10). */
export const ITEM_LOCK_POWER_MAX: u32 = 15;

if (STORE_PTR + STORE_SIZE > CAS_NEXT_PTR) ERROR("Store runs into the CAS unique");
if (CLASSES_PTR + SLAB_CLASS_SIZE * SLAB_CLASS_COUNT_MAX > QUEUES_PTR) ERROR("classes > queues");
if (QUEUES_PTR + QUEUE_SIZE * QUEUE_COUNT > BASELINE_PTR) ERROR("queues > counters");
if (BASELINE_PTR + COUNTERS_SIZE > ITEM_LOCKS_PTR) ERROR("counters > item locks");
if (ITEM_LOCKS_PTR + ((<usize>4) << ITEM_LOCK_POWER_MAX) > CRAWL_PTR) ERROR("locks > crawler");
if (CRAWL_PTR + 1024 > PAGE_OWNERS_PTR) ERROR("crawler > page owners");
if (PAGE_OWNERS_PTR + 4096 > PAGE_TURNS_PTR) ERROR("page owners > page turns");
if (PAGE_TURNS_PTR + 4 * 4096 > DUMP_PTR) ERROR("page turns > dump");
if (DUMP_PTR + DUMP_SIZE > THREADS_PTR) ERROR("dump > thread areas");
