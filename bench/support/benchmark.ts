/**
 * What a micro-benchmark is, and how one is checked and measured.
 *
 * First a fixed number of calls is made and all that comes out of them is hashed; then the same
 * subject goes on and is timed by mitata. The hash therefore does not depend on how many calls the
 * timing needed.
 */
import { do_not_optimize, measure } from "mitata";
import { Digest } from "./digest.ts";
import type { Values } from "./parameters.ts";

export interface Benchmark {
  readonly name: string;
  /** What one call of `call` counts as; times are given for one of them. */
  readonly operations: number;
  /** Sets the scene. Also called for a check, so it must always give the same scene. */
  prepare(values: Values): Subject;
}

export interface Subject {
  /** The work; the number depends on its result. */
  call(): number;
  /** For the check only: hashes what the last call left behind. */
  trace?(digest: Digest): void;
  /** For the check only: hashes what comes out during calls, from now on; null = no more. */
  watch?(digest: Digest | null): void;
}

/** Nanoseconds for one operation. */
export interface Measured {
  readonly name: string;
  readonly median: number;
  readonly p99: number;
  readonly least: number;
  readonly mean: number;
  /** How many samples these are of. */
  readonly samples: number;
  readonly digest: string;
}

/** Makes the calls to be checked; the hash of their results. */
function check(subject: Subject, calls: number): string {
  const digest = new Digest();
  subject.watch?.(digest);
  for (let i = 0; i < calls; i++) {
    digest.addNumber(subject.call());
    subject.trace?.(digest);
  }
  subject.watch?.(null);
  return digest.toString();
}

export async function runBenchmark(benchmark: Benchmark, values: Values): Promise<Measured> {
  const subject = benchmark.prepare(values);
  const digest = check(subject, values.checkedCalls);
  const stats = await measure(() => do_not_optimize(subject.call()), {
    min_cpu_time: values.minCpuMs * 1e6,
    batch_samples: values.samplesPerBatch,
    min_samples: 2,
  });
  const each = (nanoseconds: number): number => nanoseconds / benchmark.operations;
  return {
    name: benchmark.name,
    median: each(stats.p50),
    p99: each(stats.p99),
    least: each(stats.min),
    mean: each(stats.avg),
    samples: stats.samples.length,
    digest,
  };
}
