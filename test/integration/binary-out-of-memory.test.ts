/**
 * Goal: what the binary protocol answers where there is no memory, with status and text, what
 * becomes of the item that was there, and that the connection stays in step.
 * Method: `-M` with one slab class for small values, filled up; then packets of every kind. The
 * same packets go to native memcached.
 */
import { NO_NATIVE, nativeSubject, ownSubject, skipped } from "../support/subjects.ts";
import { type Answer, type Fields, decodeAnswers, request } from "../support/binary-packets.ts";
import { expect, test } from "bun:test";
import type { Conversation, Subject } from "../support/subject.ts";
import { inProcessSubject } from "../support/in-process.ts";
import { latin1 } from "../support/bytes.ts";

/** Ten chunks of 100,000 bytes to a page. */
const OPTIONS = "-M -m 2 -o slab_sizes=100000,no_lru_maintainer,no_lru_crawler,slab_automove=0";

const NO_MEMORY = 0x82;

const NO_ITEM = [NO_MEMORY, "Out of memory allocating item"] as const;
const NO_NEW_ITEM = [NO_MEMORY, "Out of memory allocating new item"] as const;
const NO_NUMBER = [NO_MEMORY, "Out of memory incrementing value"] as const;

type Line = readonly [packet: string, status: number, text: string];

function line(name: string, fields: Fields, [status, text]: readonly [number, string]): Line {
  return [request(name, fields), status, text];
}

/** What is said in which order, and how each packet is answered: status, text. */
const TALK: readonly Line[] = [
  line("Set", { key: "new", value: "v" }, NO_ITEM),
  line("Add", { key: "new", value: "v" }, NO_ITEM),
  line("Append", { key: "word", value: "v" }, NO_ITEM),
  line("Prepend", { key: "word", value: "v" }, NO_ITEM),
  line("Increment", { key: "new", delta: "1", initial: "5" }, NO_NEW_ITEM),
  line("Decrement", { key: "new", delta: "1", initial: "5" }, NO_NEW_ITEM),
  // A miss that creates nothing needs no memory, and a number that stays as long neither.
  line("Increment", { key: "new", delta: "1", exptime: "0xffffffff" }, [1, "Not found"]),
  line("Increment", { key: "number", delta: "9" }, [0, "\0\0\0\0\0\0\0\x63"]),
  line("Increment", { key: "number", delta: "1" }, NO_NUMBER),
  line("Get", { key: "number" }, [0, "99"]),
  // Quiet packets tell of errors all the same.
  line("SetQ", { key: "new", value: "v" }, NO_ITEM),
  line("AddQ", { key: "new", value: "v" }, NO_ITEM),
  line("AppendQ", { key: "word", value: "v" }, NO_ITEM),
  line("PrependQ", { key: "word", value: "v" }, NO_ITEM),
  line("IncrementQ", { key: "number", delta: "1" }, NO_NUMBER),
  line("DecrementQ", { key: "new", delta: "1", initial: "5" }, NO_NEW_ITEM),
  // What was there stays, but for a set.
  line("Replace", { key: "word", value: "new" }, NO_ITEM),
  line("Get", { key: "word" }, [0, "old"]),
  line("Set", { key: "word", value: "new" }, NO_ITEM),
  line("Get", { key: "word" }, [1, "Not found"]),
  // There is one chunk now: enough for what is appended, not for the new value beside it.
  line("Append", { key: "other", value: "v" }, [5, "Not stored."]),
  line("Prepend", { key: "other", value: "v" }, [5, "Not stored."]),
  line("Get", { key: "other" }, [0, "old"]),
  line("Increment", { key: "new", initial: "5" }, [0, "\0\0\0\0\0\0\0\x05"]),
];

const PATIENCE_MS = 10_000;

/** Sends a packet; its answer. */
async function ask(client: Conversation, packet: string): Promise<readonly [number, string]> {
  const before = client.received().length;
  client.send(latin1(packet));
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const answers = wholeAnswers(client.received().subarray(before));
    if (answers.length > 0) {
      expect(answers).toHaveLength(1);
      return [answers[0]?.status ?? -1, answers[0]?.value ?? ""];
    }
    expect(client.closed).toBe(false);
    await client.more(PATIENCE_MS);
  }
  throw new Error("no answer");
}

function wholeAnswers(bytes: Uint8Array): Answer[] {
  try {
    return decodeAnswers(bytes);
  } catch {
    return [];
  }
}

/** Sets keys until there is no memory. */
async function fill(client: Conversation): Promise<void> {
  for (const [key, value] of [
    ["number", "90"],
    ["word", "old"],
    ["other", "old"],
  ] as const) {
    expect(await ask(client, request("Set", { key, value }))).toEqual([0, ""]);
  }
  for (let index = 0; index < 1000; index++) {
    const [status] = await ask(client, request("Set", { key: `key${index}`, value: "v" }));
    if (status === NO_MEMORY) return;
  }
  throw new Error("a thousand values fit");
}

/** Every answer to the talk with a full server. */
async function talk(subject: Subject): Promise<unknown[]> {
  const server = await subject.open(OPTIONS.split(" "));
  try {
    const client = await server.connect();
    await fill(client);
    const said: unknown[] = [];
    for (const [packet] of TALK) said.push([packet, ...(await ask(client, packet))]);
    return said;
  } finally {
    await server.stop();
  }
}

const native = nativeSubject();

for (const subject of [inProcessSubject(), ownSubject()]) {
  test(`${subject.name}: no memory, told in binary`, async () => {
    expect(await talk(subject)).toEqual([...TALK]);
  });
}

const title = "native memcached: the same";
if (native === null) test.skip(skipped(title, NO_NATIVE), () => {});
else test(title, async () => expect(await talk(native)).toEqual([...TALK]));
