/**
 * What is in use of a memory, by blocks: most of a cache's address space is never touched.
 */

export const BLOCK = 4096;

/** Indexes of the blocks that have something else than zeros in them. */
export function usedBlocks(bytes: Uint8Array): number[] {
  const words = new Uint32Array(bytes.buffer);
  const perBlock = BLOCK / 4;
  const used: number[] = [];
  for (let block = 0; block * perBlock < words.length; block++) {
    let any = 0;
    const end = (block + 1) * perBlock;
    for (let i = block * perBlock; i < end && any === 0; i++) any |= words[i] as number;
    if (any !== 0) used.push(block);
  }
  return used;
}

/** The bytes of one block. */
export function blockOf(bytes: Uint8Array, block: number): Uint8Array {
  return bytes.subarray(block * BLOCK, (block + 1) * BLOCK);
}
