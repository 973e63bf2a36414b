/**
 * Every admin command of memcached is in the stream of random commands that both servers get
 * (specification §2.10 to §2.14), or it is said here where it is compared instead.
 *
 * Method: a plan of each family is made, and searched for a line of each command; those that 1.6.18
 * does not know are looked for in the profile of equal versions.
 */
import { FAMILIES, type Family } from "./family.ts";
import { describe, expect, test } from "bun:test";
import type { Profile } from "./declared.ts";
import { plan } from "./plan.ts";

const BATCHES = 1500;

/** Command, the families that have it, and the profile that knows it. */
const IN_STREAM: readonly (readonly [RegExp, readonly Family[], Profile?])[] = [
  [/^flush_all$/, FAMILIES],
  [/^verbosity 1$/, FAMILIES],
  [/^version$/, FAMILIES],
  [/^cache_memlimit 100$/, FAMILIES],
  [/^shutdown$/, ["data"]],
  [/^stats$/, FAMILIES],
  [/^stats settings$/, FAMILIES],
  [/^stats items$/, FAMILIES],
  [/^stats slabs$/, FAMILIES],
  [/^stats sizes$/, FAMILIES],
  [/^stats conns$/, FAMILIES],
  [/^stats reset$/, FAMILIES],
  [/^stats detail on$/, FAMILIES],
  [/^stats detail dump$/, FAMILIES],
  [/^stats cachedump 63 0$/, FAMILIES],
  [/^slabs reassign 1 2$/, FAMILIES],
  [/^slabs reassign -1 2$/, FAMILIES],
  [/^slabs automove 0$/, FAMILIES],
  [/^slabs automove ratio 0.5$/, FAMILIES],
  [/^slabs automove window 20$/, FAMILIES, "same"],
  [/^slabs automove freeratio 0.1$/, FAMILIES, "same"],
  [/^lru tune 10 25 0.1 2.0$/, FAMILIES],
  [/^lru mode flat$/, FAMILIES],
  [/^lru mode segmented$/, FAMILIES],
  [/^lru temp_ttl 60$/, FAMILIES],
  [/^lru_crawler sleep 0$/, FAMILIES],
  [/^lru_crawler tocrawl 5$/, FAMILIES],
  [/^lru_crawler enable$/, ["crawler"]],
  [/^lru_crawler disable$/, ["crawler"]],
  [/^lru_crawler crawl all$/, ["crawler"]],
  [/^lru_crawler crawl 1,2,3$/, ["crawler"]],
  [/^lru_crawler metadump all$/, ["crawler"]],
  [/^lru_crawler metadump hash$/, ["crawler"], "same"],
  [/^lru_crawler mgdump all$/, ["crawler"], "same"],
];

/** What is not in the stream, and where it is compared with memcached's words. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  watch: "takes the connection over: test/transcript/watch.md, with native memcached",
  refresh_certs: "wants servers with TLS, ours alone: test/integration/tls-refresh.test.ts",
  quit: "ends the connection: the closers of plan.ts, with native memcached",
  "stats detail off": "is in the stream too, as one of three words",
  "slabs reassign of a page": "takes its time: page-moves.test.ts, with native memcached",
};

function linesOf(family: Family, profile: Profile): ReadonlySet<string> {
  const lines = new Set<string>();
  let left = BATCHES;
  for (const { commands } of plan(1, profile, family)) {
    for (const { words } of commands) lines.add(words.join(" "));
    if (--left === 0) return lines;
  }
  return lines;
}

describe.each(FAMILIES)("in the stream of %s", (family) => {
  const same = [...linesOf(family, "same")];
  const lines = { older: [...linesOf(family, "older")], same, memories: same };
  for (const [pattern, families, profile = "older"] of IN_STREAM) {
    if (!families.includes(family)) continue;
    test(`${pattern.source}, ${profile}`, () => {
      expect(lines[profile].some((line) => pattern.test(line))).toBe(true);
    });
  }
});

test("what is elsewhere says where", () => {
  for (const where of Object.values(ELSEWHERE)) expect(where).toMatch(/: |too/);
});
