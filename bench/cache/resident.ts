/**
 * Resident memory of this process, when everything has been given back that will be.
 *
 * Place: under the measurements of memory. The collector frees at once what it is asked for, its
 * allocator a little later, so the lowest of a few looks counts.
 */
const LOOKS = 2;
const PAUSE_MS = 60;

export async function residentBytes(): Promise<number> {
  let least = Infinity;
  for (let look = 0; look < LOOKS; look++) {
    Bun.gc(true);
    Bun.shrink();
    await Bun.sleep(PAUSE_MS);
    least = Math.min(least, process.memoryUsage.rss());
  }
  return least;
}
