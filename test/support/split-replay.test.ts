/**
 * The split replay itself: it finds a server that goes wrong at one place only, and each of its
 * replays begins with a server that is as a new one, though its memory has served before.
 */
import { describe, expect, test } from "bun:test";
import { LocalServer, inProcessSubject } from "./in-process.ts";
import { latin1 } from "./bytes.ts";
import { replaySplit, splitPlaces } from "./split-replay.ts";
import { EchoSubject, SlippingSubject } from "./scripted-subject.ts";
import type { Conversation, Subject } from "./subject.ts";
import { type Transcript, needsOwnServer, parseTranscripts, pipelined } from "./transcript.ts";
import { UsedMemories } from "./used-memory.ts";

function transcriptOf(...lines: string[]): Transcript {
  const text = ["## title", "Because of this.", ...lines].join("\n");
  return parseTranscripts("example.md", text)[0] as Transcript;
}

/** No longer than the `flush_all` that empties the server in between. */
const SHARED = transcriptOf("```request", "touch a 1", "```", "```reply", "NOT_FOUND", "```");
const END = ["```reply", "END", "```"];
const ASK_B = ["```request", "gets b", "```"];
const OWN = transcriptOf("```request", "gets a", "```", ...END, "wait: 1s", ...ASK_B, ...END);
const ECHO = transcriptOf("```request", "a", "b", "```", "```reply", "a", "b", "```");

function inputLength({ steps }: Transcript): number {
  return steps.reduce((sum, step) => sum + (step.kind === "request" ? step.bytes.length : 0), 0);
}

describe("a server that slips where a packet ends at one place", () => {
  test.each([
    ["of the input of a server that others use too", SHARED, inProcessSubject()],
    ["of the input of a server of one's own", OWN, inProcessSubject()],
    ["of what is said to an echo", ECHO, new EchoSubject("")],
  ] as const)("is found at every place %s", async (_, transcript, subject) => {
    await replaySplit(transcript, subject);
    let end = 0;
    for (const [index, step] of pipelined(transcript.steps, false).entries()) {
      if (step.kind !== "request") continue;
      for (let at = 1; at < step.bytes.length; at++) {
        const slipping = new SlippingSubject(subject, end + at);
        const where = `cut at byte ${at} of the request at step ${index}`;
        await expect(replaySplit(transcript, slipping)).rejects.toThrow(`${where}: `);
      }
      end += step.bytes.length;
    }
    expect(end).toBe(inputLength(transcript));
  });
});

async function openedFor(transcript: Transcript): Promise<number> {
  const subject = new SlippingSubject(inProcessSubject(), -1);
  await replaySplit(transcript, subject);
  return subject.opened;
}

describe("servers of a split replay", () => {
  test("one is enough where a conversation looks at no count", async () => {
    expect(needsOwnServer(SHARED)).toBe(false);
    expect(await openedFor(SHARED)).toBe(1);
  });

  test("one for each replay where it does", async () => {
    expect(needsOwnServer(OWN)).toBe(true);
    const places = splitPlaces(pipelined(OWN.steps, false)).length;
    expect(places).toBe(inputLength(OWN) - 2);
    expect(await openedFor(OWN)).toBe(places + 1);
  });
});

// Values of every size, what is remembered of prefixes, watchers and authentication.
const REQUESTS = [
  "stats detail on\r\n",
  `set large 0 0 1000000\r\n${"x".repeat(1_000_000)}\r\n`,
  ...Array.from(
    { length: 200 },
    (_, i) => `set p${i}:key 7 1 ${9 * i}\r\n${"y".repeat(9 * i)}\r\n`,
  ),
  "cache_memlimit 32\r\nverbosity 3\r\nlru_crawler crawl all\r\n",
  "watch fetchers\r\n",
];

async function use(server: LocalServer): Promise<void> {
  const conversation: Conversation = await server.connect();
  for (const request of REQUESTS) await conversation.send(latin1(request));
  await server.advance(3);
}

function memoriesOf({ context }: LocalServer): WebAssembly.Memory[] {
  return context.core.cores.map(({ share }) => share.memory);
}

describe("a memory that is used again", () => {
  test.each([1, 3])("holds what a new one holds (%d memories)", async (count) => {
    const used = new UsedMemories();
    const options = ["-o", "track_sizes"];
    const first = new LocalServer(options, "core.server", count, used);
    await use(first);
    const memories = memoriesOf(first);
    await first.stop();
    const second = new LocalServer(options, "core.server", count, used);
    expect(memoriesOf(second).every((memory) => memories.includes(memory))).toBe(true);
    const fresh = new LocalServer(options, "core.server", count);
    for (const [index, { buffer }] of memoriesOf(fresh).entries()) {
      const other = memoriesOf(second)[index]?.buffer as ArrayBuffer;
      expect(Buffer.compare(Buffer.from(buffer), Buffer.from(other))).toBe(0);
    }
  });

  test("is not shared by two servers", async () => {
    const used = new UsedMemories();
    const first = new LocalServer([], "core.server", 1, used);
    await first.stop();
    await first.stop();
    const [second, third] = [1, 2].map(() => new LocalServer([], "core.server", 1, used));
    expect(memoriesOf(second as LocalServer)[0]).toBe(memoriesOf(first)[0] as WebAssembly.Memory);
    expect(memoriesOf(third as LocalServer)[0]).not.toBe(
      memoriesOf(first)[0] as WebAssembly.Memory,
    );
  });

  test("is out of reach of the server that stopped", async () => {
    const subject: Subject = inProcessSubject();
    const server = await subject.open([]);
    const conversation = await server.connect();
    await server.stop();
    expect(conversation.closed).toBe(true);
    expect(() => server.connect()).toThrow("has stopped");
    expect(() => server.advance(1)).toThrow("has stopped");
  });
});
