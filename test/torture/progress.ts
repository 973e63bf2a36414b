/**
 * How far the load has come, for those who wait for others instead of for a time: a slow reader is
 * slow while the others do so many batches.
 */

interface Waiter {
  readonly at: number;
  readonly resolve: () => void;
}

export class Progress {
  #batches = 0;
  #isOver = false;
  #waiters: Waiter[] = [];

  get isOver(): boolean {
    return this.#isOver;
  }

  /** A batch is done. */
  bump(): void {
    this.#batches++;
    this.#wake((waiter) => waiter.at <= this.#batches);
  }

  /** The load has ended: nobody waits any more. */
  finish(): void {
    this.#isOver = true;
    this.#wake(() => true);
  }

  /** Resolves when so many batches more are done, or the load has ended. */
  after(batches: number): Promise<void> {
    if (this.#isOver) return Promise.resolve();
    const at = this.#batches + batches;
    return new Promise((resolve) => this.#waiters.push({ at, resolve }));
  }

  #wake(isDue: (waiter: Waiter) => boolean): void {
    const due = this.#waiters.filter(isDue);
    if (due.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => !isDue(waiter));
    for (const { resolve } of due) resolve();
  }
}
