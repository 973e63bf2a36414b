/**
 * Goal: with `-L` every slab class has a page from the start, as with native memcached, and the
 * limit cannot be changed; with several memories each of them has that.
 * Method: `stats slabs` right after the start, compared with native memcached's, line by line; what
 * is stored then must need no further page.
 */
import { NO_NATIVE, nativeSubject, ownSubject, skipped } from "../support/subjects.ts";
import { expect, test } from "bun:test";
import { Asker } from "../support/asker.ts";
import { LiveServer } from "../support/live-server.ts";
import { checkHugePages } from "../../src/server/process/huge-pages.ts";

const WORDS = ["-t", "1", "-L", "-o", "no_lru_maintainer,no_lru_crawler,slab_automove=0"];
const CLASSIC = ["-o", "classic_sizes"];
const REFUSED = "MEMLIMIT_ADJUST_FAILED out of bounds or unable to adjust";
const CLASSES = 39;

function hasHugePages(): boolean {
  try {
    checkHugePages();
    return true;
  } catch {
    return false;
  }
}

/** Names of tests that want huge pages carry the reason why they cannot run. */
function here(name: string, run: () => Promise<void>): void {
  if (hasHugePages()) test(name, run);
  else test.skip(skipped(name, "huge pages are absent"), () => {});
}

/** What a server of `-m 64` says of its pages at the start, and when each class was used. */
async function script(asker: Asker): Promise<string[]> {
  const said = [await asker.ask("stats slabs\r\n", /END\r\n$/)];
  for (const length of [1, 1000, 100_000, 400_000]) {
    said.push(await asker.ask(`set a${length} 0 0 ${length}\r\n${"x".repeat(length)}\r\n`, /\n$/));
  }
  said.push(await asker.ask("stats slabs\r\n", /END\r\n$/));
  said.push(await asker.ask("cache_memlimit 100\r\n", /\n$/));
  return said;
}

const native = nativeSubject();
const title = "-L gives each class a page, as native memcached does";
if (native === null) test.skip(skipped(title, NO_NATIVE), () => {});
else {
  here(title, async () => {
    const said: string[][] = [];
    for (const subject of [native, ownSubject()]) {
      const server = await subject.open([...WORDS, ...(subject.native ? [] : CLASSIC)]);
      try {
        said.push(await script(await Asker.open(server)));
      } finally {
        await server.stop();
      }
    }
    expect(said[1]).toEqual(said[0] ?? []);
    expect(said[0]?.[0]).toContain(`STAT active_slabs ${CLASSES}\r\n`);
  });
}

here("-L with three memories gives each class a page in each of them", async () => {
  const environment = { WASMCACHED_MEMORIES: "3", WASMCACHED_DEBUG: "1" };
  await using server = await LiveServer.start([...WORDS, ...CLASSIC, "-m", "192"], { environment });
  const client = await server.connect();
  // By their hashes these keys go into all three memories.
  for (let index = 0; index < 60; index++) {
    expect(await client.ask(`set key${index} 0 0 3\r\nfoo`)).toBe("STORED");
    expect(await client.ask(`set large${index} 0 0 1000\r\n${"x".repeat(1000)}`)).toBe("STORED");
  }
  client.send("stats slabs\r\ncache_memlimit 300\r\nquit\r\n");
  const lines = (await client.rest()).trimEnd().split("\r\n");
  const pages = lines.filter((line) => line.includes(":total_pages "));
  expect(pages).toEqual(
    Array.from({ length: CLASSES }, (_, index) => `STAT ${index + 1}:total_pages 3`),
  );
  expect(lines).toContain(`STAT total_malloced ${3 * CLASSES * 1024 * 1024}`);
  expect(lines.at(-1)).toBe(REFUSED);
});
