/**
 * Goal: `stats` and its kinds show the same names in the same order as memcached 1.6.45, and the
 * same values wherever nothing forbids.
 * Method: recorded/stats*.txt hold what it printed after one `set`; the same is asked of our
 * server. Values that may differ are declared below, each with a reason and what it has to look
 * like instead.
 */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LiveServer } from "../support/live-server.ts";

/** What it has to look like instead, and why. */
type Declared = Readonly<Record<string, readonly [like: RegExp, reason: string]>>;

const OF_THE_RUN = "belongs to the run";
const BACKGROUND = "the background does this in its own time";
const LAYOUT = "references are 32 bits wide here";
const BUFFERS = "input and output buffers are made otherwise";

const GENERAL: Declared = {
  pid: [/^\d+$/, OF_THE_RUN],
  uptime: [/^[2-5]$/, OF_THE_RUN],
  time: [/^1[789]\d{8}$/, OF_THE_RUN],
  libevent: [/^bun-\d+\.\d+\.\d+$/, "Bun's event loop serves"],
  rusage_user: [/^\d+\.\d{6}$/, OF_THE_RUN],
  rusage_system: [/^\d+\.\d{6}$/, OF_THE_RUN],
  response_obj_count: [/^\d+$/, BUFFERS],
  response_obj_bytes: [/^\d+$/, BUFFERS],
  read_buf_count: [/^\d+$/, BUFFERS],
  read_buf_bytes: [/^\d+$/, BUFFERS],
  hash_bytes: [/^262144$/, LAYOUT],
  lru_crawler_starts: [/^\d+$/, BACKGROUND],
  lru_maintainer_juggles: [/^\d+$/, BACKGROUND],
  moves_to_cold: [/^[01]$/, BACKGROUND],
  crawler_items_checked: [/^\d$/, BACKGROUND],
};

const SETTINGS: Declared = {
  tcpport: [/^-1$/, OF_THE_RUN],
  inter: [/^127\.0\.0\.1$/, OF_THE_RUN],
  domain_socket: [/^NULL$/, "the recorded server listened on a Unix socket"],
};

const ITEMS: Declared = {
  "items:1:number_hot": [/^[01]$/, BACKGROUND],
  "items:1:number_cold": [/^[01]$/, BACKGROUND],
  "items:1:age_hot": [/^[01]$/, OF_THE_RUN],
  "items:1:age": [/^\d$/, OF_THE_RUN],
  "items:1:moves_to_cold": [/^[01]$/, BACKGROUND],
  "items:1:crawler_items_checked": [/^\d$/, BACKGROUND],
};

const SLABS: Declared = {
  "1:cmd_set": [/^1$/, "the recorded server had served three sets"],
};

const CONNS: Declared = {
  "A:addr": [/^tcp:127\.0\.0\.1:\d+$/, "the recorded server listened on a Unix socket"],
  "A:secs_since_last_cmd": [/^\d$/, OF_THE_RUN],
  "B:secs_since_last_cmd": [/^[01]$/, OF_THE_RUN],
  "B:addr": [/^tcp:127\.0\.0\.1:\d+$/, "the recorded server listened on a Unix socket"],
  "B:listen_addr": [/^tcp:127\.0\.0\.1:\d+$/, "the recorded server listened on a Unix socket"],
};

const STORE = "set foo 0 0 6\r\nfoobar\r\n";

/** For all but the general figures, which only a fresh server shows as recorded. */
let server: LiveServer;
beforeAll(async () => {
  server = await LiveServer.start(["-o", "classic_sizes"]);
  const client = await server.connect();
  client.send(`${STORE}quit\r\n`);
  expect(await client.rest()).toBe("STORED\r\n");
});
afterAll(() => server.stop());

function recorded(name: string): string[] {
  const text = readFileSync(join(import.meta.dir, "recorded", name), "latin1");
  return text.trimEnd().split("\n");
}

/** Our lines, with values that are as declared replaced by the recorded ones. */
function asDeclared(
  own: readonly string[],
  theirs: readonly string[],
  declared: Declared,
): string[] {
  return own.map((line, i) => {
    const [, name = "", value = ""] = /^STAT (\S+) (.*)$/.exec(line) ?? [];
    const rule = declared[name];
    const isSame = theirs[i]?.startsWith(`STAT ${name} `) === true;
    return rule?.[0].test(value) === true && isSame ? (theirs[i] ?? "") : line;
  });
}

/** Descriptors by first appearance: memcached's own are 27 and 28 here. */
function lettered(lines: readonly string[]): string[] {
  const letters = new Map<string, string>();
  return lines.map((line) =>
    line.replace(/^STAT (\d+):/, (_, number: string) => {
      const letter = letters.get(number) ?? String.fromCharCode(65 + letters.size);
      letters.set(number, letter);
      return `STAT ${letter}:`;
    }),
  );
}

/** The reply to requests and a quit in one write, as the recordings were made. */
async function ask(what: string, whom = server): Promise<string[]> {
  const client = await whom.connect();
  client.send(`${what}\r\nquit\r\n`);
  return (await client.rest()).trimEnd().split("\r\n");
}

test("stats", async () => {
  await using fresh = await LiveServer.start(["-o", "classic_sizes"]);
  const [stored, ...own] = await ask(`${STORE}stats`, fresh);
  expect(stored).toBe("STORED");
  const theirs = recorded("stats.txt");
  expect(asDeclared(own, theirs, GENERAL)).toEqual(theirs);
});

for (const [kind, declared] of Object.entries({
  settings: SETTINGS,
  items: ITEMS,
  slabs: SLABS,
  sizes: {},
})) {
  test(`stats ${kind}`, async () => {
    const theirs = recorded(`stats-${kind}.txt`);
    expect(asDeclared(await ask(`stats ${kind}`), theirs, declared)).toEqual(theirs);
  });
}

test("stats conns", async () => {
  const theirs = lettered(recorded("stats-conns.txt"));
  expect(asDeclared(lettered(await ask("stats conns")), theirs, CONNS)).toEqual(theirs);
});

test("stats conns shows what other connections do", async () => {
  const resting = await server.connect();
  expect(await resting.ask("version")).toBe("VERSION 1.6.45");
  const uploading = await server.connect();
  uploading.send("set key 0 0 10\r\nabc");
  while ((await server.stat("cmd_set")) < 2) await Bun.sleep(1);
  const states = (await ask("stats conns")).filter((line) => line.includes(":state "));
  expect(states.map((line) => line.split(" ")[2]).sort()).toEqual(
    ["conn_listening", "conn_nread", "conn_parse_cmd", "conn_read"].sort(),
  );
  resting.hangUp();
  uploading.hangUp();
});
