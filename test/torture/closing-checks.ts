/**
 * What has to hold once the load is over: nobody is connected, nothing is leaked, the core's full
 * check finds no fault, and the server ends when it is told to.
 */
import type { Expected, Hit } from "./reply-reader.ts";
import type { LiveServer } from "../support/live-server.ts";
import type { LoadClient } from "./load-client.ts";
import type { Plan } from "./plan.ts";
import { Violation } from "./violation.ts";
import { exchangeOnce, expectEnd, runsOf } from "./workload.ts";
import { until } from "../support/waiting.ts";

const PATIENCE_MS = 20_000;

/** Beyond every expiry that `touch` gave. */
const TOUCHED_SECONDS = 5;

/** Keys of one round trip. */
const KEYS_AT_ONCE = 10_000;

/** What a server with verbosity 1 says of what it was told. */
const EXPECTED_ERRORS = /^(Exiting normally|maxbytes adjusted to \d+m)\n/gm;

export type Figures = ReadonlyMap<string, string>;

/** `stats`, or `stats <what>`, over the one connection that is left. */
export async function figuresOf(client: LoadClient, what = ""): Promise<Figures> {
  const figures = new Map<string, string>();
  await exchangeOnce(client, (batch) => {
    batch.lines(`stats ${what}`.trim(), (lines) => {
      for (const line of lines.slice(0, -1)) {
        const [, name = "", value = ""] = /^STAT (\S+) (.*)$/.exec(line) ?? [];
        figures.set(name, value);
      }
    });
  });
  return figures;
}

async function figure(client: LoadClient, name: string): Promise<number> {
  return Number((await figuresOf(client)).get(name));
}

async function untilFigure(client: LoadClient, name: string, right: number): Promise<void> {
  let got = Number.NaN;
  const isRight = async (): Promise<boolean> => (got = await figure(client, name)) === right;
  await until(name, isRight, PATIENCE_MS).catch(() => {
    throw new Violation("a figure that does not come right", { name, expected: right, got });
  });
}

/** Sends lines; each is answered by one line, which has to be the expected one. */
async function expectLine(client: LoadClient, command: string, right: string): Promise<void> {
  await exchangeOnce(client, (batch) => {
    batch.line(command, (line) => {
      if (line !== right) throw new Violation("not the answer", { command, right, line });
    });
  });
}

/** How often figures that do not agree are asked for. */
const LOOKS_MAX = 10;

/** All other connections are gone; what they held as well; no expansion is under way. */
export async function checkQuiet(
  client: LoadClient,
  options: readonly string[] = [],
): Promise<void> {
  await untilFigure(client, "curr_connections", 1);
  await untilFigure(client, "hash_is_expanding", 0);
  await expectLine(client, "debugcheck", "OK");
  await checkSettled(client, mayChunk(options));
}

/**
 * The figures are asked for one after the other, and items go on ending meanwhile: those are seen
 * in one and not in the other. What is lost stays so, however often one looks.
 */
async function checkSettled(client: LoadClient, mayBeMore: boolean): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await checkChunks(client, mayBeMore);
      return;
    } catch (error) {
      if (!(error instanceof Violation) || tries === LOOKS_MAX) throw error;
      await Bun.sleep(200);
    }
  }
}

/** Whether with these options values may be above the largest chunk. */
function mayChunk(options: readonly string[]): boolean {
  return options.some((word) => word.includes("slab_chunk_max"));
}

/**
 * In each class as many chunks are in use as it has items: nobody holds anything else. Of values in
 * several chunks it is only known that there are no fewer; the emptied cache shows whether any were
 * lost.
 */
async function checkChunks(client: LoadClient, mayBeMore: boolean): Promise<void> {
  const items = await figuresOf(client, "items");
  let sum = 0;
  let used = 0;
  for (const [name, value] of await figuresOf(client, "slabs")) {
    const [, id] = /^(\d+):used_chunks$/.exec(name) ?? [];
    if (id === undefined) continue;
    const linked = Number(items.get(`items:${id}:number`) ?? 0);
    sum += linked;
    used += Number(value);
    if (Number(value) !== linked && !mayBeMore) {
      throw new Violation("chunks that nobody uses", { class: id, "used chunks": value, linked });
    }
  }
  const total = await figure(client, "curr_items");
  if (total !== sum) throw new Violation("items of no class", { total, "sum of classes": sum });
  if (used < sum) throw new Violation("items without a chunk", { "used chunks": used, sum });
}

/** Rids the cache of everything in the plan's way; not a chunk may stay in use. */
export async function checkEmptying(
  client: LoadClient,
  plan: Plan,
  keys: readonly string[],
): Promise<void> {
  if (plan.emptying === "flush") await expectLine(client, "flush_all", "OK");
  for (const part of runsOf(keys, KEYS_AT_ONCE)) {
    await exchangeOnce(client, (batch) => {
      for (const key of part) {
        if (plan.emptying === "delete") batch.remove(key, () => undefined);
        if (plan.emptying === "expire") batch.touch(key, 1, () => undefined);
      }
    });
  }
  if (plan.emptying === "expire") await expectLine(client, `debugtime ${TOUCHED_SECONDS}`, "OK");
  await readInVain(client, keys);
  const figures = await figuresOf(client);
  for (const name of ["curr_items", "bytes"]) {
    if (figures.get(name) === "0") continue;
    const details = { name, got: figures.get(name), emptied: plan.emptying };
    throw new Violation("an empty cache that is not empty", details);
  }
  await checkChunks(client, false);
  await checkSizes(client, plan);
  await expectLine(client, "debugcheck", "OK");
}

function refuseHit({ key }: Hit): void {
  throw new Violation("a key that has to be gone", { key });
}

async function readInVain(client: LoadClient, keys: readonly string[]): Promise<void> {
  for (const part of runsOf(keys, KEYS_AT_ONCE)) {
    await exchangeOnce(client, (batch) => {
      for (const run of runsOf(part, 50)) {
        const expected: Expected = { kind: "values", hit: refuseHit, end: expectEnd };
        batch.raw(`get ${run.join(" ")}\r\n`);
        batch.expected.push(expected);
      }
    });
  }
}

/** The histogram of sizes counts what there is: nothing. */
async function checkSizes(client: LoadClient, { options }: Plan): Promise<void> {
  if (!options.join(" ").includes("track_sizes")) return;
  for (const [size, count] of await figuresOf(client, "sizes")) {
    throw new Violation("sizes of items that are not there", { size, count });
  }
}

/** It is alive, has nothing to complain about, and ends when told to. */
export async function checkEnd(server: LiveServer): Promise<void> {
  const alive = !server.hasEnded;
  if (alive) server.signal("SIGTERM");
  const code = await server.ended();
  const errors = server.errors.replaceAll(EXPECTED_ERRORS, "");
  if (alive && code === 0 && errors === "") return;
  throw new Violation("the server's end", { alive, code, "standard error": server.errors });
}
