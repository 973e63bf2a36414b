/**
 * How a thread sleeps until another one gives a lock back: what the core's `wait` is bound to.
 *
 * In a server a thread that dies takes the process along. A Worker that shares an embedded cache
 * may be ended at any moment, and with it goes whatever lock it held: so whoever waits for one
 * loses patience some day, and says so.
 */

/** A lock was not given back: whoever held it has most likely been ended. */
export class StalledError extends Error {
  override readonly name = "StalledError";
  /** For telling errors apart without their class. */
  readonly code = "STALLED";

  constructor(patienceMs: number) {
    super(
      `a lock of the shared cache was not given back within ${patienceMs} ms: ` +
        "a thread must have ended within a call. Make a new cache",
    );
  }
}

/** Slices of a wait: a process that was asleep itself has used up one of them, not its patience. */
const SLICES = 50;

/** Whether this thread may sleep at all: the main thread of a browser may not. */
function maySleep(words: Int32Array): boolean {
  try {
    Atomics.wait(words, 0, ~(words[0] as number), 0);
    return true;
  } catch {
    return false;
  }
}

/** So many looks take about a millisecond; the core has no clock to measure it. */
const LOOKS_PER_MS = 50_000;

/** Looks at the word until it changes or some `ms` are over; whether it changed. */
function watch(words: Int32Array, index: number, expected: number, ms: number): boolean {
  for (let left = ms * LOOKS_PER_MS; left > 0; left--) {
    if (Atomics.load(words, index) !== expected) return true;
  }
  return false;
}

/** The function that sleeps while the word at an address has a value. */
export function sleeper(
  buffer: ArrayBufferLike,
  patienceMs: number,
): (ptr: number, expected: number) => void {
  const words = new Int32Array(buffer);
  const sliceMs = patienceMs / SLICES;
  // Threads of a server sleep, for as long as it takes: there is nothing to find out.
  let sleeps: boolean | null = patienceMs === Infinity ? true : null;
  return (ptr, expected) => {
    const index = ptr >>> 2;
    const value = expected | 0;
    sleeps ??= maySleep(words);
    for (let i = 0; i < SLICES; i++) {
      const isOver = sleeps
        ? Atomics.wait(words, index, value, sliceMs) !== "timed-out"
        : watch(words, index, value, sliceMs);
      if (isOver) return;
    }
    throw new StalledError(patienceMs);
  };
}
