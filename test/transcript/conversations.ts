/**
 * The conversations of test/transcript/*.md, and how they are held with a server.
 *
 * One test file for each kind of server calls this, so that they run side by side.
 *
 * A conversation that looks at counters, CAS uniques or time gets a server of its own; the others
 * share one per set of options, emptied in between.
 */

import { afterAll, describe, test } from "bun:test";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { flush, prime, subjectOptions, threadOptions } from "../support/preparation.ts";
import { replay, sendWhole } from "../support/replay.ts";
import { replaySplit } from "../support/split-replay.ts";
import type { Server, Subject } from "../support/subject.ts";
import { type Transcript, needsOwnServer, parseTranscripts } from "../support/transcript.ts";

const TIMEOUT_MS = 20_000;
/** Thousands of replays of one conversation. */
const SPLIT_TIMEOUT_MS = 120_000;

// Users and passwords of the conversations with -S.
process.env["MEMCACHED_SASL_PWDB"] = join(import.meta.dirname, "sasl-passwords.txt");

function readTranscripts(): Transcript[] {
  const files = readdirSync(import.meta.dirname).filter((file) => {
    return file.endsWith(".md") && file !== "README.md";
  });
  return files.sort().flatMap((file) => {
    return parseTranscripts(file, readFileSync(join(import.meta.dirname, file), "utf8"));
  });
}

/** Shared servers of one subject, by their options. */
class Pool {
  private readonly servers = new Map<string, Promise<Server>>();

  constructor(private readonly subject: Subject) {}

  async get(options: readonly string[]): Promise<Server> {
    const key = JSON.stringify(options);
    const server = this.servers.get(key) ?? this.subject.open(options);
    this.servers.set(key, server);
    await flush(await server);
    return await server;
  }

  async stop(): Promise<void> {
    for (const server of this.servers.values()) await (await server).stop();
  }
}

function title(transcript: Transcript): string {
  return `${transcript.file}: ${transcript.title}`;
}

async function hold(transcript: Transcript, subject: Subject, pool: Pool): Promise<void> {
  const own = needsOwnServer(transcript);
  const options = subjectOptions(transcript, subject);
  const server = await (own
    ? subject.open([...threadOptions(transcript, subject), ...options])
    : pool.get(options));
  const { steps } = transcript;
  try {
    if (subject.native && transcript.nativePrime) await prime(server);
    await replay(transcript, server, { native: subject.native, steps, send: sendWhole });
  } finally {
    if (own) await server.stop();
  }
}

/**
 * Registers every conversation as a test; those that a native server cannot hold are left out.
 *
 * @param declared conversations that this subject cannot hold either, by title, and why
 */
export function testTranscripts(
  subject: Subject,
  declared: Readonly<Record<string, string>> = {},
): void {
  const titles = new Set(readTranscripts().map((transcript) => title(transcript)));
  const unknown = Object.keys(declared).filter((name) => !titles.has(name));
  if (unknown.length > 0) throw new Error(`no conversations: ${unknown.join("; ")}`);
  describe(`transcripts with ${subject.name}`, () => {
    const pool = new Pool(subject);
    afterAll(() => pool.stop());
    for (const transcript of readTranscripts()) {
      if (subject.native && transcript.nativeSkip !== null) continue;
      if (Object.hasOwn(declared, title(transcript))) continue;
      // Conversations that wait do so side by side.
      const waits = transcript.steps.some(({ kind }) => kind === "wait");
      const run = waits ? test.concurrent : test;
      run(title(transcript), () => hold(transcript, subject, pool), TIMEOUT_MS);
    }
  });
}

/** The same with every request cut at every place; `whole` ones cannot be cut. */
export function testSplitTranscripts(subject: Subject): void {
  describe(`transcripts cut at every byte, ${subject.name}`, () => {
    for (const transcript of readTranscripts()) {
      if (transcript.whole !== null) continue;
      test(title(transcript), () => replaySplit(transcript, subject), SPLIT_TIMEOUT_MS);
    }
  });
}
