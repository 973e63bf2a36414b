/**
 * What the server says its memory is for, beside what the process really has.
 */
import type { Figures } from "../torture/closing-checks.ts";

const MEBIBYTE = 2 ** 20;

const LINES: readonly (readonly [label: string, source: "stats" | "slabs", name: string])[] = [
  ["memory limit", "stats", "limit_maxbytes"],
  ["items", "stats", "bytes"],
  ["slab pages", "slabs", "total_malloced"],
  ["hash table", "stats", "hash_bytes"],
  ["read buffers", "stats", "read_buf_bytes"],
];
/** Pages hold the items: they are not counted twice. */
const COUNTED: ReadonlySet<string> = new Set(["slab pages", "hash table", "read buffers"]);

export interface Resident {
  /** MiB: right after the start, at most, and at the end. */
  readonly started: number;
  readonly highest: number;
  readonly ended: number;
}

export function accountingLines(stats: Figures, slabs: Figures, resident: Resident): string[] {
  const figures = LINES.map(([label, source, name]) => {
    const text = (source === "stats" ? stats : slabs).get(name);
    return { label, mib: Number(text ?? 0) / MEBIBYTE };
  });
  const accounted = figures
    .filter(({ label }) => COUNTED.has(label))
    .reduce((sum, { mib }) => sum + mib, 0);
  const rows: (readonly [string, number])[] = [
    ...figures.map(({ label, mib }) => [label, mib] as const),
    ["accounted for", accounted],
    ["resident, at the start", resident.started],
    ["resident, highest", resident.highest],
    ["resident, at the end", resident.ended],
    ["neither accounted nor there at the start", resident.ended - resident.started - accounted],
  ];
  return rows.map(([label, mib]) => `${label.padEnd(42)}${mib.toFixed(1).padStart(8)} MiB`);
}
