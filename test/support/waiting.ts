/** Waiting in tests: for a condition or a promise, never longer than a limit. */

/** Less than the five seconds a test has by default: so what was waited for is told. */
export const PATIENCE_MS = 4500;

const POLL_MS = 4;

/** Resolves once `condition` holds; rejects with `what` when it does not in time. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for: ${what}`);
    await Bun.sleep(POLL_MS);
  }
}

/** The promise, or a rejection with `what` when it takes too long. */
export async function inTime<T>(
  what: string,
  promise: Promise<T>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain for: ${what}`)), patienceMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
