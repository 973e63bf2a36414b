/**
 * Goal: `slabs reassign` moves a page as native memcached does: the same answers, the same pages,
 * chunks and items afterwards, and every item with its value.
 * Method: random items, some in chunks, some dead, and some deleted so that a page can be emptied
 * without evicting (where that is not so ours takes another page: docs/protocol.md); then pages are
 * moved, one after the other, on both servers, and figures and values compared.
 * Where memory is full 1.6.18 evicts what is in the page, 1.6.45 and ours what is oldest: pages,
 * chunks and numbers of items are the same then, whichever items they are. No page goes into the
 * pool there: ours would be taken from it at once.
 */
import { NO_NATIVE, nativeSubject, ownSubject, skipped } from "../support/subjects.ts";
import { Random, freshSeed } from "../support/random.ts";
import { expect, test } from "bun:test";
import { Asker } from "../support/asker.ts";
import type { Subject } from "../support/subject.ts";

const TIMEOUT_MS = 60_000;
const OPTIONS = "no_lru_maintainer,no_lru_crawler,slab_automove=0";

/** Values of two classes, 8 chunks to a page, and 4; and such as are in chunks of the largest. */
const SMALL = [110_000, 250_000];
const SMALL_CLASSES = ["32", "36"];
const LENGTHS = [...SMALL, 600_000];

/** Figures that have to be equal. */
const NAMES =
  "\\d+:(?:total_pages|total_chunks|used_chunks|free_chunks)|active_slabs|total_malloced";
/** Of `stats`: what became of the items in the pages. */
const RESCUES =
  /^(slab_reassign_(rescues|chunk_rescues|busy_deletes)|slabs_moved|bytes|curr_items|evictions)$/;
const FIGURES = new RegExp(`^STAT (${NAMES}) .*$`, "gm");

/** Where memory is full. */
const NUMBERS = /^(slabs_moved|curr_items)$/;

/** Classes that have as many free chunks as a page: any of theirs can be emptied. */
function roomy(figures: string): string[] {
  const number = (id: string, name: string): number =>
    Number(new RegExp(`^STAT ${id}:${name} (\\d+)`, "m").exec(figures)?.[1]);
  const ids = [...figures.matchAll(/^STAT (\d+):total_pages/gm)].map(([, id]) => String(id));
  return ids.filter((id) => number(id, "free_chunks") >= number(id, "chunks_per_page"));
}

/** Pages that were moved so far. A move that is asked for is not said to run at once. */
async function moved(asker: Asker): Promise<number> {
  const stats = await asker.ask("stats\r\n", /END\r\n$/);
  return Number(/^STAT slabs_moved (\d+)/m.exec(stats)?.[1]);
}

/** Moves a page; the answer, and the figures when it is done. */
async function moveOne(asker: Asker, random: Random, isFull: boolean): Promise<string[]> {
  const slabs = await asker.ask("stats slabs\r\n", /END\r\n$/);
  const sources = isFull ? SMALL_CLASSES : roomy(slabs);
  if (sources.length === 0) return ["no class has room"];
  const target = random.pick([...(isFull ? [] : ["0"]), "1", "20", ...sources]);
  const line = `slabs reassign ${random.pick(sources)} ${target}\r\n`;
  const before = await moved(asker);
  const answer = await asker.ask(line, /\n$/);
  if (answer === "OK\r\n") while ((await moved(asker)) === before);
  const figures = await asker.ask("stats slabs\r\n", /END\r\n$/);
  const rescues = await asker.figures("stats", isFull ? NUMBERS : RESCUES);
  return [line, answer, ...(figures.match(FIGURES) ?? []), ...rescues];
}

/** All that a server answers to the script of this seed where memory is full. */
async function playFull(subject: Subject, seed: number): Promise<string[]> {
  const options = subject.native ? OPTIONS : `${OPTIONS},classic_sizes`;
  const server = await subject.open(["-m", "8", "-o", options]);
  const random = new Random(seed);
  const said: string[] = [];
  try {
    const asker = await Asker.open(server);
    for (let index = 0; index < 100; index++) {
      const length = random.pick(SMALL);
      await asker.ask(`set key${index} 0 0 ${length}\r\n${"x".repeat(length)}\r\n`, /\n$/);
    }
    for (let move = 0; move < 3; move++) said.push(...(await moveOne(asker, random, true)));
    let found = 0;
    for (let index = 0; index < 100; index++) {
      if ((await asker.ask(`mg key${index} s\r\n`, /\n$/)).startsWith("HD")) found++;
    }
    said.push(`${found} keys`);
  } finally {
    await server.stop();
  }
  return said;
}

/** All that a server answers to the script of this seed. */
async function play(subject: Subject, seed: number): Promise<string[]> {
  const options = subject.native ? OPTIONS : `${OPTIONS},classic_sizes`;
  const server = await subject.open(["-m", "64", "-o", options]);
  const random = new Random(seed);
  const said: string[] = [];
  try {
    const asker = await Asker.open(server);
    const keys: string[] = [];
    for (let index = 0; index < 40; index++) {
      const length = random.pick(LENGTHS);
      const fill = String.fromCharCode(0x61 + (index % 26));
      keys.push(`key${index}`);
      await asker.ask(`set key${index} ${index} 0 ${length}\r\n${fill.repeat(length)}\r\n`, /\n$/);
    }
    for (const key of keys) {
      const chance = random.below(10);
      if (chance < 6) await asker.ask(`delete ${key}\r\n`, /\n$/);
      else if (chance === 6) await asker.ask(`touch ${key} -1\r\n`, /\n$/);
    }
    for (let move = 0; move < 4; move++) said.push(...(await moveOne(asker, random, false)));
    for (const key of keys) said.push(await asker.ask(`get ${key}\r\n`, /END\r\n$/));
  } finally {
    await server.stop();
  }
  return said;
}

const native = nativeSubject();
const SCRIPTS = {
  "pages move as native memcached moves them": play,
  "where memory is full as many items stay as with native memcached": playFull,
};

for (const [title, script] of Object.entries(SCRIPTS)) {
  if (native === null) test.skip(skipped(title, NO_NATIVE), () => {});
  else {
    test(
      title,
      async () => {
        const until = performance.now() + 1500;
        for (let runs = 0; runs === 0 || performance.now() < until; runs++) {
          const seed = freshSeed();
          const [own, other] = [await script(ownSubject(), seed), await script(native, seed)];
          expect({ seed, said: own }).toEqual({ seed, said: other });
        }
      },
      TIMEOUT_MS,
    );
  }
}
