/**
 * Goal: -v, -vv and -vvv print what memcached 1.6.45 prints, line by line.
 * Method: recorded/verbose-*.txt hold what it wrote for a session, and what the client received;
 * the same session is held with our server and compared. Descriptors are lettered by first
 * appearance; the lines of memcached's background threads, and of the meta command, were taken out
 * of the recordings. What the crawler and the maintainer print has tests of its own.
 */

import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LiveServer } from "../support/live-server.ts";
import { until } from "../support/waiting.ts";

/** A write, and how many lines come back; the next write follows when the server rests again. */
type Step = readonly [request: string, replyLines: number];

const QUIT: Step = ["quit\r\n", 0];

const SESSIONS: Readonly<Record<string, readonly Step[]>> = {
  "verbose-v.txt": [
    ["set foo 0 0 3\r\nbar\r\n", 1],
    ["bogus\r\n", 1],
  ],
  "verbose-vv.txt": [
    ["set foo 0 0 3\r\nbar\r\n", 1],
    ["get foo\r\n", 3],
    ["get nope\r\n", 1],
    ["delete foo\r\n", 1],
    QUIT,
  ],
  "verbose-vv-classes-f4.txt": [QUIT],
  "verbose-vvv.txt": [
    ["add test 0 60 11\r\nhello world\r\n", 1],
    ["get test\r\n", 3],
    ["get a b test\r\n", 3],
    ["delete test\r\n", 1],
    ["set foo 0 0 3 noreply\r\nbar\r\n", 0],
    ["bogus\r\n", 1],
    // Five bytes are taken as the value and its end, so nothing of it is left over.
    ["set foo 0 0 3\r\nabcde", 1],
    ["\r\n", 1],
    ["incr foo 1\r\n", 1],
    QUIT,
  ],
};

interface Recording {
  /** The options after the program's name. */
  readonly options: readonly string[];
  readonly errors: readonly string[];
  readonly received: readonly string[];
}

/** Two parts, each behind a line that begins with #; the first one names the options. */
function recording(name: string): Recording {
  const text = readFileSync(join(import.meta.dir, "recorded", name), "latin1");
  const [, first = "", second = ""] = text.split(/^# /m);
  const options = /^memcached 1\.6\.45 (.*) : what/.exec(first)?.[1]?.split(" ") ?? [];
  return { options, errors: bodyLines(first), received: bodyLines(second) };
}

function bodyLines(part: string): string[] {
  return part.trimEnd().split("\n").slice(1);
}

/** As it was recorded, without the background, whose lines come in their own time. */
const RECORDED = "classic_sizes,no_lru_crawler,no_lru_maintainer";

/** `<13 get a`, `>13 END`, `13: going from …`: 13 becomes a letter. */
function lettered(lines: readonly string[]): string[] {
  const letters = new Map<string, string>();
  return lines.map((line) =>
    line.replace(/^([<>]?)(\d+)(?=[ :])/, (_, sign: string, number: string) => {
      const letter = letters.get(number) ?? String.fromCharCode(65 + letters.size);
      letters.set(number, letter);
      return sign + letter;
    }),
  );
}

/** Holds a session, ends the server, and gives what both sides saw. */
async function hold(
  options: readonly string[],
  steps: readonly Step[],
): Promise<Omit<Recording, "options">> {
  await using server = await LiveServer.start([...options, "-o", RECORDED], {
    listen: ["-p", "-1"],
  });
  const client = await server.connect();
  const received: string[] = [];
  for (const step of steps) {
    const [request, replyLines] = step;
    client.send(request);
    for (let i = 0; i < replyLines; i++) received.push(await client.line());
    if (step === QUIT) expect(await client.rest()).toBe("");
    // The last of a step's lines is written after its reply; without a reply nothing else tells.
    else if (options.includes("-vvv")) {
      const line = request.slice(0, request.indexOf("\r\n"));
      await until("the server to rest", () =>
        server.errors.slice(server.errors.lastIndexOf(` ${line}\n`)).endsWith("to conn_waiting\n"),
      );
    }
  }
  server.signal("SIGINT");
  expect(await server.ended()).toBe(0);
  return { errors: server.errors.trimEnd().split("\n"), received };
}

for (const [name, steps] of Object.entries(SESSIONS)) {
  const { options, errors, received } = recording(name);
  test(`${options.join(" ")} prints and answers as recorded`, async () => {
    const seen = await hold(options, steps);
    expect(lettered(seen.errors)).toEqual(lettered(errors));
    expect(seen.received).toEqual([...received]);
  });
}

test("without -v nothing is printed", async () => {
  await using server = await LiveServer.start();
  const client = await server.connect();
  client.send("bogus\r\nset foo 0 0 3\r\nabcde\r\nquit\r\n");
  await client.rest();
  server.signal("SIGTERM");
  expect(await server.ended()).toBe(0);
  expect(server.errors).toBe("");
});

test("verbosity changes it while the server runs, and goes up to 2 that way", async () => {
  await using server = await LiveServer.start();
  const client = await server.connect();
  expect(await client.ask("verbosity 3")).toBe("OK");
  expect(await client.ask("version")).toBe("VERSION 1.6.45");
  expect(await client.ask("verbosity 0")).toBe("OK");
  expect(await client.ask("bogus")).toBe("ERROR");
  await until("the lines", () => server.errors.includes("verbosity 0"));
  const lines = lettered(server.errors.trimEnd().split("\n"));
  expect(lines.filter((line) => line.startsWith("<"))).toEqual(["<A version", "<A verbosity 0"]);
  expect(server.errors).not.toContain("going from");
});

/** Goes through one crawl of two expired items and a live one; what was printed of it. */
async function crawled(verbosity: string): Promise<string[]> {
  await using server = await LiveServer.start([verbosity, "-o", "classic_sizes,no_lru_maintainer"]);
  const client = await server.connect();
  await client.ask("lru_crawler disable");
  // The live one is at the tail: there a set would reclaim what is expired.
  expect(await client.ask("set c 0 0 1\r\n1")).toBe("STORED");
  expect(await client.ask("set a 0 -1 1\r\n1")).toBe("STORED");
  expect(await client.ask("set b 5 -1 1\r\n1")).toBe("STORED");
  await client.ask("lru_crawler enable");
  await client.ask("lru_crawler crawl 1");
  await until("the crawl", async () => (await server.stat("crawler_reclaimed")) === 2);
  await until("its end", async () => (await server.stat("lru_crawler_running")) === 0);
  const lines = server.errors.split("\n");
  return lines.filter((line) => /^(?:Starting LRU|Kicking|Nothing left|LRU)/.test(line));
}

/** The slab id of class 1's COLD queue. */
const COLD_1 = 129;

test("-vv tells of each item that the crawler reclaims", async () => {
  expect(await crawled("-vv")).toEqual([
    `LRU crawler found an expired item (flags: 3, slab: ${COLD_1}): a`,
    `LRU crawler found an expired item (flags: 259, slab: ${COLD_1}): b`,
  ]);
});

test("-vvv tells when the crawler begins and ends, too", async () => {
  const lines = await crawled("-vvv");
  const from = lines.findIndex((line) => line.startsWith("Kicking"));
  expect(lines.slice(0, from)).toContain("Starting LRU crawler background thread");
  expect(lines.slice(from)).toEqual([
    `Kicking LRU crawler off for LRU ${COLD_1}`,
    `LRU crawler found an expired item (flags: 3, slab: ${COLD_1}): a`,
    `LRU crawler found an expired item (flags: 259, slab: ${COLD_1}): b`,
    `Nothing left to crawl for ${COLD_1}`,
    "LRU crawler thread sleeping",
  ]);
});

test("-vvv tells that the maintainer starts", async () => {
  await using server = await LiveServer.start(["-vvv"]);
  await until("the line", () =>
    server.errors.includes("Starting LRU maintainer background thread\n"),
  );
});
