/**
 * The memory map: where everything lives in linear memory.
 *
 *     0        unused: address 0 is "no item"
 *     1 KiB    Store (scalars, store.ts)
 *     4 KiB    SlabClass × 64
 *     12 KiB   Queue × 256 (id byte of an item: class in the low 6 bits, segment above)
 *     20 KiB   class counters, u64 × ClassCounter.COUNT × 64
 *     32 KiB   thread area: result, counters
 *     36 KiB   key batch: address and length of up to 64 keys, then bucket and hash of each
 *     64 KiB   inbox (16 KiB + slack)
 *     96 KiB   outbox (256 KiB)
 *     512 KiB  size histogram, u32 × up to 32769
 *     704 KiB  slab page owners, u8 × up to 4096: class id of each slab page
 *     768 KiB  the debug build's constant texts (its asserts name their file)
 *     1 MiB    dump area (2 MiB)
 *     3 MiB    hash table, u32 × 2^hashPowerMax (grows in place, see hash/table.ts)
 *     …        slab pages, each 1 MiB and aligned to 1 MiB, to the end of memory
 *
 * Memory is taken whole at start, so no address ever moves. Regions that are not used stay
 * untouched and cost no resident memory.
 */
import {
  DUMP_SIZE,
  INBOX_SIZE,
  INBOX_SLACK,
  KEY_BATCH_MAX,
  OUTBOX_SIZE,
  QUEUE_COUNT,
  SIZE_BUCKET,
  SLAB_CLASS_COUNT_MAX,
  SLAB_PAGE_SIZE,
} from "../shared/limits";
import { ClassCounter, Counter } from "../shared/counters";
import { Result } from "../shared/status";

export const STORE_PTR: usize = 0x400;
export const CLASSES_PTR: usize = 0x1000;
export const QUEUES_PTR: usize = 0x3000;
export const CLASS_COUNTERS_PTR: usize = 0x5000;
export const RESULT_PTR: usize = 0x8000;
export const COUNTERS_PTR: usize = 0x8100;
export const KEYS_PTR: usize = 0x9000;
export const KEY_BUCKETS_PTR: usize = 0x9200;
export const KEY_HASHES_PTR: usize = 0x9400;
export const INBOX_PTR: usize = 0x10000;
export const OUTBOX_PTR: usize = 0x18000;
export const SIZES_PTR: usize = 0x80000;
export const PAGE_OWNERS_PTR: usize = 0xb0000;
export const DUMP_PTR: usize = 0x100000;
export const TABLE_PTR: usize = 0x300000;

/** Sizes of the structs that lie in arrays here; their own files pin them. */
export const STORE_SIZE: usize = 128;
export const SLAB_CLASS_SIZE: usize = 64;
export const QUEUE_SIZE: usize = 32;
export const CLASS_COUNTERS_SIZE: usize = 8 * <usize>ClassCounter.COUNT;

/** Buckets of the size histogram: one for each 32 bytes up to one slab page. */
export const SIZE_BUCKET_COUNT: u32 = SLAB_PAGE_SIZE / SIZE_BUCKET + 1;

if (STORE_PTR + STORE_SIZE > CLASSES_PTR) ERROR("Store runs into the slab classes");
if (CLASSES_PTR + SLAB_CLASS_SIZE * SLAB_CLASS_COUNT_MAX > QUEUES_PTR) ERROR("classes > queues");
if (QUEUES_PTR + QUEUE_SIZE * QUEUE_COUNT > CLASS_COUNTERS_PTR) ERROR("queues > counters");
if (CLASS_COUNTERS_PTR + CLASS_COUNTERS_SIZE * SLAB_CLASS_COUNT_MAX > RESULT_PTR)
  ERROR("class counters run into the thread area");
if (RESULT_PTR + 4 * <usize>Result.COUNT + 8 > COUNTERS_PTR) ERROR("result > counters");
if (COUNTERS_PTR + 8 * <usize>Counter.COUNT > KEYS_PTR) ERROR("counters > key batch");
if (KEYS_PTR + 8 * KEY_BATCH_MAX > KEY_BUCKETS_PTR) ERROR("key batch > its buckets");
if (KEY_BUCKETS_PTR + 4 * KEY_BATCH_MAX + 4 > KEY_HASHES_PTR) ERROR("key buckets > hashes");
if (KEY_HASHES_PTR + 4 * KEY_BATCH_MAX > INBOX_PTR) ERROR("key hashes > inbox");
if (INBOX_PTR + INBOX_SIZE + INBOX_SLACK > OUTBOX_PTR) ERROR("inbox > outbox");
if (OUTBOX_PTR + OUTBOX_SIZE > SIZES_PTR) ERROR("outbox > sizes");
if (SIZES_PTR + 4 * SIZE_BUCKET_COUNT > PAGE_OWNERS_PTR) ERROR("sizes > page owners");
if (PAGE_OWNERS_PTR + 4096 > DUMP_PTR) ERROR("page owners > dump");
if (DUMP_PTR + DUMP_SIZE > TABLE_PTR) ERROR("dump > table");
