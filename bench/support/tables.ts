/**
 * Markdown tables and the forms of figures in them.
 *
 * Place: under the reports of all benchmarks that compare servers.
 */

export type Row = readonly string[];

/** The first column is text, all others are figures. */
export function table(header: Row, rows: readonly Row[]): string {
  const line = (cells: Row): string => `| ${cells.join(" | ")} |`;
  const rule = header.map((_, at) => (at === 0 ? "---" : "---:"));
  return [line(header), line(rule), ...rows.map(line)].join("\n");
}

export const count = (value: number): string => Math.round(value).toLocaleString("en-US");
export const percent = (value: number, digits = 0): string => `${(value * 100).toFixed(digits)} %`;
export const verdict = (good: boolean): string => (good ? "yes" : "**no**");
