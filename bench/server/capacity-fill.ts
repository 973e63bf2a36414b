/**
 * Storing items until the server evicts the first one.
 *
 * Place: the load of the capacity and memory figures. One connection sends sets with keys never
 * used before, a thousand at a time, and looks at the count of evictions after each thousand.
 * Items held are those stored minus those evicted, so the thousand's size does not matter.
 */
import { keyName } from "./data-set.ts";
import { Dialogue } from "./dialogue.ts";
import type { CapacityResult, CapacityTask } from "./task.ts";

const BATCH = 1000;
const REFUSED = "SERVER_ERROR out of memory storing object";
const KEY_OFFSET = "set ".length;
const TIME_LIMIT_SECONDS = 300;

/** A thousand sets whose keys are overwritten in place for each batch. */
class SetBatch {
  readonly bytes: Buffer;
  private readonly itemBytes: number;

  constructor(valueBytes: number) {
    const item = `set ${keyName("c", 0)} 0 0 ${valueBytes}\r\n${"v".repeat(valueBytes)}\r\n`;
    this.itemBytes = item.length;
    this.bytes = Buffer.from(item.repeat(BATCH), "latin1");
  }

  number(first: number): void {
    for (let at = 0; at < BATCH; at++) {
      const key = keyName("c", first + at);
      this.bytes.write(key, at * this.itemBytes + KEY_OFFSET, "latin1");
    }
  }
}

/**
 * The number of items stored. Near the limit native memcached now and then refuses one, when its
 * housekeeping falls behind. The answers are short: they never fill the pipe during the sending.
 */
function storeBatch(dialogue: Dialogue, batch: SetBatch, first: number): number {
  batch.number(first);
  let stored = 0;
  for (const line of dialogue.exchangeLines(batch.bytes, BATCH)) {
    if (line === "STORED") stored++;
    else if (line !== REFUSED) throw new Error(`a set was answered with ${line}`);
  }
  return stored;
}

export function fillToCapacity(task: CapacityTask): CapacityResult {
  const dialogue = new Dialogue(task.port);
  const batch = new SetBatch(task.valueBytes);
  const started = Bun.nanoseconds();
  let sent = 0;
  let stored = 0;
  let held = 0;
  while (held === 0) {
    stored += storeBatch(dialogue, batch, sent);
    sent += BATCH;
    const evictions = Number(dialogue.stats().get("evictions"));
    if (Number.isNaN(evictions)) throw new Error("the server counts no evictions");
    if (evictions > 0) held = stored - evictions;
    if (Bun.nanoseconds() - started > TIME_LIMIT_SECONDS * 1e9) {
      throw new Error(`no eviction after ${sent} sets`);
    }
  }
  for (const end = sent + held * task.beyond; sent < end; sent += BATCH) {
    storeBatch(dialogue, batch, sent);
  }
  dialogue.close();
  return { held, seconds: (Bun.nanoseconds() - started) / 1e9 };
}
