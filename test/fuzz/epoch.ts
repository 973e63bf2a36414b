/**
 * Epochs of the model fuzzers: random operations on one fresh store, checked as often as pays.
 */
import type { Random } from "../support/random.ts";

/** Short ones try many shapes; long ones reach states that take long. */
const EPOCH_LENGTHS = [100, 500, 2000, 10_000];
const TAIL_LENGTH = 12;

/** What an epoch is about. */
interface Subject<Operation> {
  /** Each operation is checked. */
  readonly isTiny: boolean;
  readonly next: () => Operation;
  readonly run: (operation: Operation, isChecked: boolean) => void;
  readonly settle: () => void;
}

/** Operations between two checks: grows with what a check costs against an operation. */
class CheckInterval {
  #operationMs = 0;
  #operations = 0;
  #left = 1;

  /** Runs one operation, with the check if it is due. */
  run<Operation>({ isTiny, run }: Subject<Operation>, operation: Operation): void {
    const isDue = isTiny || --this.#left <= 0;
    const start = performance.now();
    run(operation, isDue);
    const elapsed = performance.now() - start;
    if (!isDue) {
      this.#operationMs += elapsed;
      this.#operations++;
      return;
    }
    const each = this.#operations === 0 ? elapsed : this.#operationMs / this.#operations;
    // At least one goes unchecked, or what it costs would never be known.
    this.#left = 1 + Math.min(1000, Math.max(1, Math.round(elapsed / Math.max(each, 1e-4))));
  }
}

function shown(operation: unknown): string {
  return JSON.stringify(operation, (_, value: unknown) =>
    typeof value === "bigint" ? `${value}n` : value,
  );
}

/** Throws with the last operations when core and model differ. */
export function runEpoch<Operation>(
  name: string,
  operationCount: number,
  subject: Subject<Operation>,
): void {
  const interval = new CheckInterval();
  const tail: Operation[] = [];
  let done = 0;
  try {
    for (; done < operationCount; done++) {
      const operation = subject.next();
      tail.push(operation);
      if (tail.length > TAIL_LENGTH) tail.shift();
      interval.run(subject, operation);
    }
    subject.settle();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const operations = tail.map(shown).join("\n  ");
    throw new Error(`shape "${name}", operation ${done}: ${message}\n  ${operations}`, {
      cause: error,
    });
  }
}

/** Epochs of random lengths, `events` operations in all. */
export function runEpochs(
  random: Random,
  events: number,
  epoch: (random: Random, operationCount: number) => void,
): void {
  let left = events;
  while (left > 0) {
    const length = Math.min(left, random.pick(EPOCH_LENGTHS));
    epoch(random, length);
    left -= length;
  }
}
