/**
 * Comparing what the core says with what the model says.
 *
 * Not `expect`: the fuzzers run outside of the test runner, millions of times.
 */

function shown(value: unknown): string {
  if (value instanceof Uint8Array) {
    const head = Buffer.from(value.subarray(0, 24)).toString("latin1");
    return `${value.length} bytes ${JSON.stringify(head)}`;
  }
  return typeof value === "bigint" ? `${value}n` : (JSON.stringify(value) ?? "undefined");
}

/** Throws unless both are the same number, text or bytes. */
export function same(what: string, core: unknown, model: unknown): void {
  const areBytes = core instanceof Uint8Array && model instanceof Uint8Array;
  const isSame = areBytes ? Buffer.compare(core, model) === 0 : Object.is(core, model);
  if (!isSame) throw new Error(`${what}: the core says ${shown(core)}, the model ${shown(model)}`);
}

/** Throws unless least ≤ core ≤ most. */
export function between(what: string, core: number, least: number, most: number): void {
  if (core < least || core > most) {
    throw new Error(`${what}: the core says ${core}, the model ${least} … ${most}`);
  }
}
