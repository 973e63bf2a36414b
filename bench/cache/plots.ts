/**
 * Lines over a logarithmic axis of entries, as SVG.
 *
 * Place: under the report. Vega draws without a browser, a DOM or a canvas.
 */
import * as vega from "vega";
import { LIBRARIES } from "./libraries.ts";
import { SMALL_VALUE_BYTES } from "./plan.ts";
import { type Outcomes } from "./outcomes.ts";

/** One point of one line. */
export interface Point {
  readonly series: string;
  readonly x: number;
  readonly y: number;
}

export interface Plot {
  readonly title: string;
  readonly yTitle: string;
  readonly isYLogarithmic: boolean;
  readonly points: readonly Point[];
}

const MEBIBYTE = 1024 * 1024;
const KIND = "text";

const COMPARED = LIBRARIES.filter(({ keys, isExtra = false }) => keys === "text" && !isExtra);

/** Millions of operations a second of the mixed load. */
export function throughputPlot(outcomes: Outcomes): Plot {
  const points = outcomes.libraries.flatMap(({ task, result }): Point[] => {
    const library = COMPARED.find(({ name }) => name === task.library);
    const isShown = task.valueBytes === SMALL_VALUE_BYTES && task.kind === KIND;
    if (library === undefined || !isShown || result.times === null) return [];
    const y = 1000 / result.times.mixed.mean;
    return [{ series: library.title, x: task.entries, y }];
  });
  return {
    title: "90 % get, 10 % set, Zipf 0.99, strings of 32 bytes",
    yTitle: "million operations per second",
    isYLogarithmic: false,
    points,
  };
}

/** Resident memory while the largest cache is being filled. */
export function memoryPlot(outcomes: Outcomes): Plot {
  const shown = outcomes.libraries.filter(
    ({ task }) => task.valueBytes === SMALL_VALUE_BYTES && task.kind === KIND,
  );
  const largest = Math.max(...shown.map(({ task }) => task.entries));
  const points = shown.flatMap(({ task, result }) => {
    const library = COMPARED.find(({ name }) => name === task.library);
    if (library === undefined || task.entries !== largest) return [];
    return result.resident.map(({ entries, bytes }): Point => {
      return { series: library.title, x: entries, y: Math.max(bytes, 1) / MEBIBYTE };
    });
  });
  return {
    title: "resident memory, keys of 16 and strings of 32 bytes",
    yTitle: "MiB",
    isYLogarithmic: true,
    points,
  };
}

function specOf({ title, yTitle, isYLogarithmic, points }: Plot): vega.Spec {
  const order = [...new Set(points.map(({ series }) => series))];
  const colour = { scale: "colour", field: "series" } as const;
  const [x, y] = [{ scale: "x", field: "x" } as const, { scale: "y", field: "y" } as const];
  const yScale = {
    name: "y",
    range: "height",
    nice: true,
    domain: { data: "points", field: "y" },
  } as const;
  return {
    width: 520,
    height: 300,
    padding: 12,
    background: "white",
    title: { text: title, fontSize: 13 },
    data: [{ name: "points", values: [...points] }],
    scales: [
      {
        name: "x",
        type: "log",
        range: "width",
        domain: { data: "points", field: "x" },
      },
      isYLogarithmic ? { ...yScale, type: "log" } : { ...yScale, type: "linear", zero: true },
      { name: "colour", type: "ordinal", range: "category", domain: order },
    ],
    axes: [
      { orient: "bottom", scale: "x", title: "entries", format: "~s", tickCount: 4 },
      { orient: "left", scale: "y", title: yTitle, grid: true, tickCount: 6 },
    ],
    legends: [{ stroke: "colour", symbolType: "stroke", orient: "right" }],
    marks: [
      {
        type: "group",
        from: { facet: { name: "lines", data: "points", groupby: "series" } },
        marks: [
          {
            type: "line",
            from: { data: "lines" },
            encode: { enter: { x, y, stroke: colour, strokeWidth: { value: 2 } } },
          },
          {
            type: "symbol",
            from: { data: "lines" },
            encode: { enter: { x, y, fill: colour, size: { value: 36 } } },
          },
        ],
      },
    ],
  };
}

export async function svgOf(plot: Plot): Promise<string> {
  const view = new vega.View(vega.parse(specOf(plot)), { renderer: "none" });
  const svg = await view.toSVG();
  view.finalize();
  return `${svg}\n`;
}
