/**
 * Expired memory: items that nobody asks for any more, beside others that live on.
 *
 * Place: behind `maintenance-command.ts`. Nothing is sent but `stats`: that the count of items
 * falls is the server's own doing.
 */
import { Dialogue } from "../server/dialogue.ts";
import { ServerProcess, type Side } from "../server/server-process.ts";
import { type Row, count, table, verdict } from "../support/tables.ts";
import { type Common, note } from "./command-line.ts";
import { figure, storeItems } from "./items.ts";

const VALUE_BYTES = 100;
const POLL_MS = 100;

export interface ExpiredOptions {
  readonly items: number;
  readonly living: number;
  readonly exptime: number;
  readonly memory: number;
  /** Seconds after the last item has expired. */
  readonly patience: number;
}

export interface ExpiredOutcome {
  /** Seconds from when the last item expired until so many were gone; null: not in time. */
  readonly half: number | null;
  readonly most: number | null;
  readonly all: number | null;
  /** Items that were still there at the end, living ones left out. */
  readonly left: number;
  /** The same, of the living: none may be lost. */
  readonly livingLost: number;
  /** Items that the crawler looked at from when the last one had expired. */
  readonly looked: number;
  readonly patience: number;
}

const MOST = 0.99;

export async function measureExpired(
  side: Side,
  options: ExpiredOptions,
  common: Common,
): Promise<ExpiredOutcome> {
  const { items, living, exptime, memory, patience } = options;
  const server = await ServerProcess.start(side, {
    command: common.commands[side],
    memory,
    cores: common.serverCores,
    certificate: null,
  });
  try {
    const { port } = server;
    storeItems(port, { prefix: "l", count: living, valueBytes: VALUE_BYTES, exptime: 0 });
    storeItems(port, { prefix: "e", count: items, valueBytes: VALUE_BYTES, exptime });
    const expiredAt = performance.now() + exptime * 1000;
    const dialogue = new Dialogue(port);
    const reached = new Map<number, number>();
    const since = (): number => (performance.now() - expiredAt) / 1000;
    const looks = (): number => figure(dialogue, "crawler_items_checked");
    let left = items;
    let before = looks();
    while (since() < patience && left > 0) {
      await Bun.sleep(POLL_MS);
      if (since() < 0) before = looks();
      left = figure(dialogue, "curr_items") - living;
      for (const share of [0.5, MOST, 1]) {
        if (left <= items * (1 - share) && !reached.has(share)) reached.set(share, since());
      }
    }
    const looked = looks() - before;
    dialogue.close();
    const all = reached.get(1) ?? null;
    note(`expired, ${side}: ${all === null ? `${left} left` : `gone after ${all.toFixed(1)} s`}`);
    return {
      half: reached.get(0.5) ?? null,
      most: reached.get(MOST) ?? null,
      all,
      left: Math.max(0, left),
      livingLost: Math.max(0, -left),
      looked,
      patience,
    };
  } finally {
    await server.stop();
  }
}

const time = (value: number | null): string => (value === null ? "never" : value.toFixed(1));

export function expiredSection(
  { items, living, exptime, memory, patience }: ExpiredOptions,
  outcomes: readonly (readonly [Side, ExpiredOutcome])[],
): string {
  const rows = outcomes.map(([side, outcome]): Row => [
    side,
    time(outcome.half),
    time(outcome.most),
    time(outcome.all),
    count(outcome.left),
    count(outcome.livingLost),
    count(outcome.looked),
    verdict(outcome.all !== null && outcome.livingLost === 0 && outcome.looked <= items + living),
  ]);
  const header = [
    "server",
    "half gone, s",
    "99 %, s",
    "all, s",
    "left",
    "living lost",
    "looked at",
    "all back?",
  ];
  return `## Expired memory

${table(header, rows)}

${count(items)} items with an exptime of ${exptime} s beside ${count(living)} that live on,
\`-m ${memory}\`, values of ${VALUE_BYTES} bytes; seconds from when the last one expired, nothing is
asked for but \`stats\`. Never: not within ${patience} s. One crawl is enough where the crawler has
looked at each item once at most since then.`;
}
