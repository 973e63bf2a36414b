/**
 * Replay: holds one conversation of a transcript with a server and reports where it went wrong.
 *
 * Nothing sleeps: a reply is complete when its pattern matches, and a final `version` proves that
 * the connection is still in step and that nothing was sent beyond what was written down. Only a
 * `silence` step has to let a moment pass.
 */

import { answerPattern } from "./binary-text.ts";
import { latin1, readable } from "./bytes.ts";
import { replyPattern } from "./transcript-text.ts";
import type { ReplyPattern } from "./reply-pattern.ts";
import { requestPacket } from "./binary-packets.ts";
import type { Conversation, Server } from "./subject.ts";
import { type Step, type Transcript, expectedReply } from "./transcript.ts";

/** How long a reply may take before it counts as missing. */
const REPLY_TIMEOUT_MS = 3000;
/** How long `silence` listens. */
const SILENCE_MS = 40;

const SENTINEL = latin1("version\r\n");
const SENTINEL_REPLY = replyPattern(["VERSION {n}.{n}.{n}"]);
/** The same for a connection that speaks binary: unlike text, it must not answer in lines. */
const PACKET_SENTINEL = requestPacket("Version", { opaque: "0xfeedface" });
const PACKET_SENTINEL_REPLY = answerPattern(["Version value=1.6.45 opaque=0xfeedface"]);
const NATIVE_SENTINEL_REPLY = answerPattern(["Version value=1.6.18 opaque=0xfeedface"]);
const MAGIC = 0x80;

/** Sends one request; the split replays cut it here. */
export type Sender = (conversation: Conversation, bytes: Uint8Array, step: number) => Promise<void>;

export interface ReplaySettings {
  readonly native: boolean;
  readonly steps: readonly Step[];
  readonly send: Sender;
}

export async function sendWhole(conversation: Conversation, bytes: Uint8Array): Promise<void> {
  await conversation.send(bytes);
}

interface Open {
  readonly conversation: Conversation;
  /** How many received bytes earlier steps accounted for. */
  seen: number;
  ended: boolean;
  /** Its first byte was that of a packet. */
  isBinary: boolean;
}

/** Rejects with a description of the first step that did not go as written. */
export async function replay(
  transcript: Transcript,
  server: Server,
  settings: ReplaySettings,
): Promise<void> {
  const connections = new Map<string, Open>();
  try {
    for (const [index, step] of settings.steps.entries()) {
      await play(transcript, server, settings, connections, step, index);
    }
    if (transcript.unfinished) return;
    for (const [name, open] of connections) {
      await checkInStep(transcript, name, open, settings.native);
    }
  } finally {
    for (const open of connections.values()) open.conversation.hangUp();
  }
}

function isPacket(step: Step): boolean {
  return step.kind === "request" && step.bytes[0] === MAGIC;
}

async function play(
  transcript: Transcript,
  server: Server,
  settings: ReplaySettings,
  connections: Map<string, Open>,
  step: Step,
  index: number,
): Promise<void> {
  if (step.kind === "wait") return await server.advance(step.seconds);
  let open = connections.get(step.connection);
  if (open === undefined) {
    open = {
      conversation: await server.connect(),
      seen: 0,
      ended: false,
      isBinary: isPacket(step) && !transcript.options.includes("ascii"),
    };
    connections.set(step.connection, open);
  }
  switch (step.kind) {
    case "request":
      return await settings.send(open.conversation, step.bytes, index);
    case "reply":
      return await awaitReply(transcript, step.line, open, expectedReply(step, settings.native));
    case "close":
      return await awaitClose(transcript, step.line, open);
    case "silence":
      return await awaitSilence(transcript, step.line, open);
    case "half-close":
      return await open.conversation.endInput();
    case "hang-up":
      open.ended = true;
      return open.conversation.hangUp();
  }
}

/** Reads until the pattern is matched by everything that arrived. */
async function awaitReply(
  transcript: Transcript,
  line: number,
  open: Open,
  expected: ReplyPattern,
): Promise<void> {
  const deadline = performance.now() + REPLY_TIMEOUT_MS;
  for (;;) {
    const bytes = open.conversation.received().subarray(open.seen);
    const verdict = expected.verdict(bytes);
    if (verdict === "match") {
      open.seen += bytes.length;
      return;
    }
    const left = deadline - performance.now();
    const hopeless = verdict === "wrong" || open.conversation.closed || left <= 0;
    if (hopeless || !(await open.conversation.more(left))) {
      throw mismatch(transcript, line, expected, open, bytes);
    }
  }
}

async function awaitClose(transcript: Transcript, line: number, open: Open): Promise<void> {
  const deadline = performance.now() + REPLY_TIMEOUT_MS;
  while (!open.conversation.closed && performance.now() < deadline) {
    if (!(await open.conversation.more(deadline - performance.now()))) break;
  }
  open.ended = true;
  const rest = open.conversation.received().subarray(open.seen);
  if (!open.conversation.closed) throw failure(transcript, line, "the server did not close", rest);
  if (rest.length > 0) throw failure(transcript, line, "something came before the close", rest);
}

async function awaitSilence(transcript: Transcript, line: number, open: Open): Promise<void> {
  await open.conversation.more(SILENCE_MS);
  const rest = open.conversation.received().subarray(open.seen);
  if (rest.length > 0) throw failure(transcript, line, "there should be no reply yet", rest);
  if (open.conversation.closed) throw failure(transcript, line, "the server closed", rest);
}

async function checkInStep(
  transcript: Transcript,
  name: string,
  open: Open,
  native: boolean,
): Promise<void> {
  if (open.ended) return;
  const line = transcript.steps.at(-1)?.line ?? transcript.line;
  if (open.conversation.closed) {
    const rest = open.conversation.received().subarray(open.seen);
    throw failure(transcript, line, `connection ${name} was closed by the server`, rest);
  }
  await open.conversation.send(open.isBinary ? PACKET_SENTINEL : SENTINEL);
  const packetReply = native ? NATIVE_SENTINEL_REPLY : PACKET_SENTINEL_REPLY;
  try {
    await awaitReply(transcript, line, open, open.isBinary ? packetReply : SENTINEL_REPLY);
  } catch (error) {
    throw new Error(
      `connection ${name} is out of step at the end: only the reply to a final ` +
        `"version" was expected\n${String(error)}`,
      { cause: error },
    );
  }
}

function mismatch(
  transcript: Transcript,
  line: number,
  expected: ReplyPattern,
  open: Open,
  actual: Uint8Array,
): Error {
  const wanted = readable(latin1(expected.toString()));
  const closed = open.conversation.closed ? " (and the server closed the connection)" : "";
  const text = `expected:\n${wanted}\nreceived${closed}:\n${readable(actual)}`;
  return new Error(`${place(transcript, line)}\n${text}`);
}

function failure(transcript: Transcript, line: number, text: string, rest: Uint8Array): Error {
  const received = rest.length > 0 ? `\nreceived:\n${readable(rest)}` : "";
  return new Error(`${place(transcript, line)}\n${text}${received}`);
}

function place(transcript: Transcript, line: number): string {
  return `${transcript.file}:${line}: "${transcript.title}"`;
}
