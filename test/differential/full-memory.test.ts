/**
 * Goal: with `-o classic_sizes` a cache that is full evicts what native memcached evicts: each
 * class has as many pages, chunks, items and evictions, and the same keys are left.
 * Method: random sets, gets and deletes, of more than fits, go to both servers, one by one; then
 * their replies, their figures and all keys are compared. With segments no key is fetched, so that
 * the order of eviction is that of the sets, whenever the maintainer comes by. He may have an item
 * in his hand just when it is the next to go: such a difference does not come twice.
 */
import { NO_NATIVE, nativeSubject, ownSubject, skipped } from "../support/subjects.ts";
import { Random, freshSeed } from "../support/random.ts";
import { expect, test } from "bun:test";
import { Asker } from "../support/asker.ts";
import type { Subject } from "../support/subject.ts";

const TIMEOUT_MS = 60_000;
const FLAT = "no_lru_maintainer,no_lru_crawler,slab_automove=0";

interface Case {
  readonly options: readonly string[];
  readonly extended: string;
  /** Of values; each is up to 6 bytes longer. */
  readonly lengths: readonly number[];
  readonly keys: number;
  readonly commands: number;
  readonly isSegmented?: boolean;
  /** Left out, as declared in docs/protocol.md. */
  readonly leftOut?: RegExp;
}

const SMALL = [10, 100, 1000, 5000, 30_000, 110_000, 250_000];
const LARGE = [10, 2000, 30_000, 300_000, 600_000, 900_000];
const MANY = { lengths: SMALL, keys: 250, commands: 600 };
const FEW = { keys: 100, commands: 150 };

const CASES: Readonly<Record<string, Case>> = {
  flat: { options: ["-m", "8"], extended: FLAT, ...MANY },
  "flat, other classes": {
    options: ["-m", "8", "-f", "1.5", "-n", "200"],
    extended: FLAT,
    ...MANY,
  },
  "flat, without evictions": { options: ["-m", "8", "-M"], extended: FLAT, ...MANY },
  segmented: {
    options: ["-m", "8"],
    extended: "no_lru_crawler,slab_automove=0",
    isSegmented: true,
    ...MANY,
  },
  no_modern: {
    options: ["-m", "8"],
    extended: "no_modern",
    leftOut: /total_malloced/,
    ...MANY,
  },
  "in chunks": { options: ["-m", "16"], extended: FLAT, lengths: LARGE, ...FEW },
  "in chunks, -I 2m": {
    options: ["-m", "16", "-I", "2m"],
    extended: FLAT,
    lengths: [...LARGE, 1_900_000],
    ...FEW,
  },
};

const SLABS = /:(chunk_size|chunks_per_page|total_pages|total_chunks|used_chunks|free_chunks)$/;
const ALL_SLABS = /^(active_slabs|total_malloced)$/;
const ITEMS =
  /:(number|mem_requested|evicted|evicted_nonzero|evicted_unfetched|outofmemory|reclaimed)$/;
const GENERAL =
  /^(bytes|curr_items|total_items|evictions|reclaimed|store_no_memory|slab_global_page_pool)$/;

async function act(asker: Asker, random: Random, now: Case): Promise<string> {
  const key = `key${random.below(now.keys)}`;
  const kind = random.below(8);
  if (kind === 0) return `delete ${key}: ${await asker.ask(`delete ${key}\r\n`, /\n$/)}`;
  if (kind === 1 && now.isSegmented !== true) {
    const reply = await asker.ask(`get ${key}\r\n`, /END\r\n$/);
    return `get ${key}: ${reply.length} bytes`;
  }
  const length = random.pick(now.lengths) + random.below(7);
  const line = `set ${key} 0 0 ${length}\r\n`;
  return `${line}${await asker.ask(`${line}${"x".repeat(length)}\r\n`, /\n$/)}`;
}

/** All that a server answers to the script of this seed. */
async function play(subject: Subject, seed: number, now: Case): Promise<string[]> {
  const extended = subject.native ? now.extended : `${now.extended},classic_sizes`;
  const server = await subject.open([...now.options, "-o", extended]);
  const random = new Random(seed);
  const said: string[] = [];
  try {
    const asker = await Asker.open(server);
    for (let i = 0; i < now.commands; i++) said.push(`${i}: ${await act(asker, random, now)}`);
    said.push(...(await asker.figures("stats slabs", SLABS)));
    said.push(...(await asker.figures("stats slabs", ALL_SLABS)));
    said.push(...(await asker.figures("stats items", ITEMS)));
    said.push(...(await asker.figures("stats", GENERAL)));
    for (let i = 0; i < now.keys; i++) {
      said.push(`key${i}: ${await asker.ask(`mg key${i} s\r\n`, /\n$/)}`);
    }
  } finally {
    await server.stop();
  }
  return said.filter((line) => now.leftOut?.test(line) !== true);
}

/** Whether it was full indeed. */
function madeRoom(said: readonly string[]): boolean {
  return said.some((line) => /^STAT (evictions|store_no_memory) [1-9]/.test(line));
}

const native = nativeSubject();

for (const [name, now] of Object.entries(CASES)) {
  const title = `evicts what native memcached evicts: ${name}`;
  if (native === null) test.skip(skipped(title, NO_NATIVE), () => {});
  else {
    test(
      title,
      async () => {
        const seed = freshSeed();
        const both = (): Promise<string[][]> =>
          Promise.all([ownSubject(), native].map((subject) => play(subject, seed, now)));
        let [own = [], other = []] = await both();
        if (now.isSegmented === true && !Bun.deepEquals(own, other))
          [own = [], other = []] = await both();
        expect({ seed, said: own }).toEqual({ seed, said: other });
        expect({ seed, isFull: madeRoom(own) }).toEqual({ seed, isFull: true });
      },
      TIMEOUT_MS,
    );
  }
}
