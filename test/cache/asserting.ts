/**
 * Assertions for rows that run on every host: in Bun, Node, Deno and browsers alike, so without a
 * test runner.
 */

/** Values as text that tells bigint, bytes and undefined apart. */
function show(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === "bigint") return `${part}n`;
    if (part === undefined) return "undefined!";
    if (part instanceof Uint8Array) return `bytes ${Array.from(part).join(" ")}`;
    return part;
  });
}

export function equal(actual: unknown, expected: unknown, what = "value"): void {
  const [is, should] = [show(actual), show(expected)];
  if (is !== should) throw new Error(`${what} is ${is}, not ${should}`);
}

export function holds(condition: boolean, what: string): void {
  if (!condition) throw new Error(`not so: ${what}`);
}

/** Whatever the action throws has this code. */
export function throwsCode(action: () => unknown, code: string): void {
  try {
    action();
  } catch (error) {
    equal((error as { code?: unknown }).code, code, "code");
    return;
  }
  throw new Error(`nothing was thrown, not even ${code}`);
}

export async function sleep(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
