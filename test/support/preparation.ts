/** What brings a server into the state a conversation starts from. */

import { join } from "node:path";
import { fromLatin1, latin1 } from "./bytes.ts";
import type { Server, Subject } from "./subject.ts";
import type { Transcript } from "./transcript.ts";

const TIMEOUT_MS = 3000;

/** What `{folder}` in the options of a transcript stands for. */
const TRANSCRIPTS = join(import.meta.dirname, "../transcript");

/** Command line of the server a transcript wants from this subject. */
export function subjectOptions(transcript: Transcript, subject: Subject): string[] {
  const layout = transcript.classicSizes && !subject.native ? ["-o", "classic_sizes"] : [];
  const words = transcript.options.map((word) => word.replace("{folder}", TRANSCRIPTS));
  return [...layout, ...words];
}

/**
 * Threads for a server of this conversation's own: one for each of its connections and one that
 * has none, as far as the subject goes. Each thread more costs a tenth of a second to start, and
 * nearly all conversations have one connection.
 */
export function threadOptions({ steps }: Transcript, { threads = 1 }: Subject): string[] {
  if (threads === 1) return [];
  const connections = new Set(steps.map(({ connection }) => connection).filter(Boolean));
  return ["-t", `${Math.min(threads, connections.size + 1)}`];
}

/** Empties a server; `flush_all` also hides what was stored within this very second. */
export async function flush(server: Server): Promise<void> {
  await exchange(server, "flush_all\r\n", "OK\r\n");
}

/** One store attempt that leaves no item: it only uses up a CAS unique. */
export async function prime(server: Server): Promise<void> {
  await exchange(server, "set prime 0 0 0 noreply\r\n\r\ndelete prime\r\n", "DELETED\r\n");
}

async function exchange(server: Server, request: string, reply: string): Promise<void> {
  const conversation = await server.connect();
  await conversation.send(latin1(request));
  const deadline = performance.now() + TIMEOUT_MS;
  while (conversation.received().length < reply.length && performance.now() < deadline) {
    if (!(await conversation.more(deadline - performance.now()))) break;
  }
  const answer = fromLatin1(conversation.received());
  conversation.hangUp();
  if (answer !== reply) throw new Error(`preparing with ${JSON.stringify(request)}: ${answer}`);
}
