/**
 * The slab class table: which chunk sizes there are.
 *
 * memcached's rule (specification §8.2): the first class is 48 + `-n`; each next one is the last,
 * rounded up to a multiple of 8, times the growth factor, rounded down; once that would reach the
 * largest chunk divided by the factor, one last class of exactly the largest chunk ends the table.
 * With a table given by hand (`-o slab_sizes`) the sizes are the caller's, and the last class is
 * added all the same.
 *
 * An item above the largest chunk counts as one of the largest class, and is in several chunks.
 */
import { CLASSES_PTR, SLAB_CLASS_SIZE } from "../base/region";
import { SLAB_CLASS_COUNT_MAX } from "../shared/limits";
import { state } from "../base/store-state";

/** Chunk sizes are multiples of this. */
const CHUNK_ALIGNMENT: u32 = 8;

/** memcached's item header, from which `-n` counts. */
const FIRST_CLASS_BASE: u32 = 48;

const CLASS_ID_LAST: u32 = SLAB_CLASS_COUNT_MAX - 1;

@unmanaged
export class SlabClass {
  /** Bytes of a chunk; 0 = the class does not exist. */
  chunkSize: u32;
  /** Chunks that a slab page gives. */
  perPage: u32;
  /** Slab pages owned. */
  pageCount: u32;
  /** Free list: LIFO through Item.lruNext. */
  freeHead: u32;
  freeCount: u32;
  /** Chunks of the newest page that were never used: they follow each other from freshPtr. */
  freshPtr: u32;
  freshCount: u32;
  /** Idle seconds of the item evicted last. */
  evictedIdle: u32;
}

export function slabClass(classId: u32): SlabClass {
  return changetype<SlabClass>(CLASSES_PTR + <usize>classId * SLAB_CLASS_SIZE);
}

function roundUp(size: u32): u32 {
  return (size + CHUNK_ALIGNMENT - 1) & ~(CHUNK_ALIGNMENT - 1);
}

function setClass(classId: u32, chunkSize: u32): void {
  const slab = slabClass(classId);
  slab.chunkSize = chunkSize;
  slab.perPage = state.slabPageSize / chunkSize;
}

/** Adds the last class of the table. */
function endTable(classId: u32, chunkSizeLargest: u32): void {
  setClass(classId, chunkSizeLargest);
  state.classLargest = classId;
  state.chunkSizeLargest = chunkSizeLargest;
}

/**
 * Makes the table from `-n`, `-f` and the largest chunk in bytes. Classes end at 62 by growth, as
 * memcached's: the last id is always left for the largest chunk.
 */
export function classesFromFactor(sizeMin: u32, factor: f64, chunkSizeLargest: u32): void {
  let size = FIRST_CLASS_BASE + sizeMin;
  let classId: u32 = 1;
  while (classId < CLASS_ID_LAST && <f64>size < <f64>chunkSizeLargest / factor) {
    size = roundUp(size);
    setClass(classId, size);
    size = <u32>(<f64>size * factor);
    classId++;
  }
  endTable(classId, chunkSizeLargest);
}

/** Makes the table from `sizeCount` u32 sizes at `sizesPtr`, ascending; at most 62. */
export function classesFromSizes(sizesPtr: usize, sizeCount: u32, chunkSizeLargest: u32): void {
  let classId: u32 = 1;
  for (let i: u32 = 0; i < sizeCount && classId < CLASS_ID_LAST; i++) {
    const size = roundUp(load<u32>(sizesPtr + ((<usize>i) << 2)));
    if (size >= chunkSizeLargest) break;
    setClass(classId, size);
    classId++;
  }
  endTable(classId, chunkSizeLargest);
}

/** The smallest class whose chunks hold `size` bytes; the largest if none does. */
export function classFor(size: u32): u32 {
  let low: u32 = 1;
  let high = state.classLargest;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (slabClass(middle).chunkSize >= size) high = middle;
    else low = middle + 1;
  }
  return low;
}

if (offsetof<SlabClass>() > SLAB_CLASS_SIZE) ERROR("SlabClass outgrew its place in the memory map");
