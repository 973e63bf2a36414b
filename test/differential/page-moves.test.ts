/**
 * Goal: `slabs reassign` moves a page as native memcached does: the same answers, the same pages,
 * chunks and items afterwards, and every item with its value.
 * Method: random items of two classes, some deleted so that a page can be emptied without evicting
 * (where that is not so ours takes another page: docs/protocol.md); then pages are moved, one after
 * the other, on both servers, and figures and values compared.
 */
import { NO_NATIVE, nativeSubject, ownSubject, skipped } from "../support/subjects.ts";
import { Random, freshSeed } from "../support/random.ts";
import type { Server, Subject } from "../support/subject.ts";
import { expect, test } from "bun:test";
import { fromLatin1, latin1 } from "../support/bytes.ts";

const TIMEOUT_MS = 60_000;
const REPLY_TIMEOUT_MS = 10_000;
const OPTIONS = "no_lru_maintainer,no_lru_crawler,slab_automove=0";

/** Values of two classes: 8 chunks to a page, and 4. */
const LENGTHS = [110_000, 250_000];

/** Figures that have to be equal. */
const NAMES =
  "\\d+:(?:total_pages|total_chunks|used_chunks|free_chunks)|active_slabs|total_malloced";
const FIGURES = new RegExp(`^STAT (${NAMES}) .*$`, "gm");

class Asker {
  #seen = 0;

  private constructor(private readonly conversation: Awaited<ReturnType<Server["connect"]>>) {}

  static async open(server: Server): Promise<Asker> {
    return new Asker(await server.connect());
  }

  /** Sends text; everything up to a reply that ends so. */
  async ask(text: string, end: RegExp): Promise<string> {
    await this.conversation.send(latin1(text));
    const deadline = performance.now() + REPLY_TIMEOUT_MS;
    for (;;) {
      const all = this.conversation.received();
      const reply = fromLatin1(all.subarray(this.#seen));
      if (end.test(reply)) {
        this.#seen = all.length;
        return reply;
      }
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`no end of ${JSON.stringify(reply.slice(-200))}`);
      await this.conversation.more(left);
    }
  }
}

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
async function moveOne(asker: Asker, random: Random): Promise<string[]> {
  const sources = roomy(await asker.ask("stats slabs\r\n", /END\r\n$/));
  if (sources.length === 0) return ["no class has room"];
  const target = random.pick(["0", "1", "20", ...sources]);
  const line = `slabs reassign ${random.pick(sources)} ${target}\r\n`;
  const before = await moved(asker);
  const answer = await asker.ask(line, /\n$/);
  if (answer === "OK\r\n") while ((await moved(asker)) === before);
  const figures = await asker.ask("stats slabs\r\n", /END\r\n$/);
  return [line, answer, ...(figures.match(FIGURES) ?? [])];
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
    for (const key of keys) if (random.below(5) < 3) await asker.ask(`delete ${key}\r\n`, /\n$/);
    for (let move = 0; move < 4; move++) said.push(...(await moveOne(asker, random)));
    for (const key of keys) said.push(await asker.ask(`get ${key}\r\n`, /END\r\n$/));
  } finally {
    await server.stop();
  }
  return said;
}

const native = nativeSubject();
const title = "pages move as native memcached moves them";

if (native === null) test.skip(skipped(title, NO_NATIVE), () => {});
else {
  const theirs = native;
  test(
    title,
    async () => {
      const until = performance.now() + 3000;
      for (let runs = 0; runs === 0 || performance.now() < until; runs++) {
        const seed = freshSeed();
        const [own, other] = [await play(ownSubject(), seed), await play(theirs, seed)];
        expect({ seed, said: own }).toEqual({ seed, said: other });
      }
    },
    TIMEOUT_MS,
  );
}
