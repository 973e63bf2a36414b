/**
 * The results of a run as text: on the terminal, and as a file of bench/results.
 */
import type { Machine } from "../server/machine.ts";
import type { Measured } from "./benchmark.ts";

const HEADER = ["benchmark", "median", "mean", "least", "p99", "samples", "hash"];

const ns = (value: number): string => value.toFixed(1);
const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

/** A Markdown table whose columns are aligned in plain text, too. Times in nanoseconds. */
export function resultTable(results: readonly Measured[]): string {
  const rows = results.map((result) => [
    result.name,
    ns(result.median),
    ns(result.mean),
    ns(result.least),
    ns(result.p99),
    String(result.samples),
    result.digest,
  ]);
  const widths = HEADER.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const padded = (row: readonly string[]): string =>
    line(
      row.map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      }),
    );
  const rule = widths.map((width, column) => {
    return column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`;
  });
  return [padded(HEADER), line(rule), ...rows.map(padded)].join("\n");
}

export function reportText(
  machine: Machine,
  command: string,
  seed: number,
  results: readonly Measured[],
): string {
  return `# Micro-benchmarks of the core, ${machine.date}, ${machine.commit}

- processor: ${machine.cpu}; kernel ${machine.kernel}; Bun ${machine.bun}
- command: \`${command}\`; seed ${seed}
- nanoseconds for one operation, in one process on one core; median, mean, least and 99th percentile
  are those of batches of calls, so a single slow call does not show
- the hash is over all results of a fixed number of calls: the same hash means the same work

${resultTable(results)}
`;
}
