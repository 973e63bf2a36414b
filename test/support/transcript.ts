/**
 * Transcripts: conversations with the server, written as Markdown and read from there.
 *
 * A file holds conversations, each under a `## title` with at least one sentence why. Fenced blocks
 * `request` and `reply` alternate freely; a second word names a connection (default `main`). A
 * `native-reply <reason>` block gives what the older native server answers instead of the reply
 * before it. For the binary protocol the blocks are `packets`, `answers` and `native-answers`. A
 * line on its own that starts with a lower-case word, alone or followed by a colon, is a directive;
 * anything else outside blocks is prose. See test/transcript/README.md.
 */

import { type ReplyPattern, followedBy } from "./reply-pattern.ts";
import { answerPattern, packetBytes, packetsNeedOwnServer } from "./binary-text.ts";
import { replyPattern, requestBytes } from "./transcript-text.ts";

export type Step = { readonly connection: string; readonly line: number } & (
  | { readonly kind: "request"; readonly bytes: Uint8Array }
  | { readonly kind: "reply"; readonly pattern: ReplyPattern; readonly native: NativeReply | null }
  | { readonly kind: "wait"; readonly seconds: number }
  | { readonly kind: "close" | "silence" | "half-close" | "hang-up" }
);

export interface NativeReply {
  readonly pattern: ReplyPattern;
  readonly reason: string;
}

export interface Transcript {
  readonly file: string;
  readonly line: number;
  readonly title: string;
  readonly why: string;
  /** `options:` further command line words for the server. */
  readonly options: readonly string[];
  /** `native: skip <reason>`: nothing to compare with in the native server. */
  readonly nativeSkip: string | null;
  /** `native: prime <reason>`: one store attempt goes first, so that CAS uniques are level. */
  readonly nativePrime: boolean;
  /** `classic-sizes`: numbers depend on the classic item layout. */
  readonly classicSizes: boolean;
  /** `whole: <reason>`: the requests must arrive in one piece each. */
  readonly whole: string | null;
  /** `unfinished`: the conversation ends inside a command, so nothing can follow it. */
  readonly unfinished: boolean;
  /** Its packets look at counters or CAS uniques. */
  readonly packetsNeedOwn: boolean;
  readonly steps: readonly Step[];
}

type Draft = { -readonly [K in keyof Transcript]: Transcript[K] } & { steps: Step[] };

const DIRECTIVE = /^([a-z][a-z-]*)(?::\s*(.*))?$/;

/** Reads every conversation of a file; throws with the line number of whatever is wrong. */
export function parseTranscripts(file: string, text: string): Transcript[] {
  const lines = text.split("\n");
  const transcripts: Draft[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const current = transcripts.at(-1);
    try {
      if (line.startsWith("## ")) transcripts.push(draft(file, at + 1, line.slice(3).trim()));
      else if (current === undefined) continue;
      else if (line.startsWith("```")) at = readBlock(current, lines, at);
      else readLine(current, line, at + 1);
    } catch (error) {
      throw new Error(`${file}:${at + 1}: ${String(error)}`, { cause: error });
    }
  }
  for (const transcript of transcripts) check(transcript);
  return transcripts;
}

/**
 * Whether replies depend on what happened on the server before, or change how it behaves after:
 * counters, CAS uniques, time, limits. Such a conversation gets a server of its own.
 */
export function needsOwnServer(transcript: Transcript): boolean {
  const { packetsNeedOwn, options } = transcript;
  // A server that does not speak text, or not to anybody, cannot be emptied in between.
  if (packetsNeedOwn || ["-S", "-Y", "binary"].some((word) => options.includes(word))) return true;
  return transcript.steps.some((step) => {
    if (step.kind === "wait") return true;
    if (step.kind !== "request") return false;
    const text = Buffer.from(step.bytes).toString("latin1");
    const counting =
      /(?:^|\n) *(?:gets|gats|cas|stats|flush_all|verbosity|cache_memlimit|shutdown)/;
    // Flags of meta commands that tell or compare a unique, or a time since the start.
    return counting.test(text) || /(?:^|\n)m(?:e |[gsda] [^\n]* (?:[cCE]\d*|T-1)\b)/.test(text);
  });
}

function draft(file: string, line: number, title: string): Draft {
  const base = { file, line, title, why: "", options: [], nativeSkip: null };
  return {
    ...base,
    nativePrime: false,
    classicSizes: false,
    whole: null,
    unfinished: false,
    packetsNeedOwn: false,
    steps: [],
  };
}

function check(transcript: Transcript): void {
  const where = `${transcript.file}:${transcript.line}: "${transcript.title}"`;
  if (transcript.why === "") throw new Error(`${where} does not say why`);
  if (transcript.steps.length === 0) throw new Error(`${where} has no step`);
}

/** Reads the block that opens at `at`; returns where it closes. */
function readBlock(transcript: Draft, lines: readonly string[], at: number): number {
  const opening = (lines[at] ?? "").slice(3).trim();
  const end = lines.findIndex((line, index) => index > at && line === "```");
  if (end < 0) throw new Error("block is never closed");
  const body = lines.slice(at + 1, end);
  const [kind = "", ...words] = opening.split(" ");
  const connection = words[0] ?? "main";
  const line = at + 1;
  if (kind === "packets" || kind === "answers") {
    transcript.packetsNeedOwn ||= packetsNeedOwnServer(body);
  }
  if (kind === "native-reply") setNativeReply(transcript, replyPattern(body), words.join(" "));
  else if (kind === "native-answers") {
    setNativeReply(transcript, answerPattern(body), words.join(" "));
  } else if (kind === "packets") {
    transcript.steps.push({ kind: "request", connection, line, bytes: packetBytes(body) });
  } else if (kind === "answers") {
    const pattern = answerPattern(body);
    transcript.steps.push({ kind: "reply", connection, line, pattern, native: null });
  } else if (kind === "request") {
    transcript.steps.push({ kind, connection, line, bytes: requestBytes(body) });
  } else if (kind === "reply") {
    const pattern = replyPattern(body);
    transcript.steps.push({ kind, connection, line, pattern, native: null });
  } else throw new Error(`unknown block: ${opening}`);
  return end;
}

function setNativeReply(transcript: Draft, pattern: ReplyPattern, reason: string): void {
  const last = transcript.steps.at(-1);
  if (last?.kind !== "reply") throw new Error("native-reply must follow a reply");
  if (reason === "") throw new Error("native-reply needs a reason");
  const native = { pattern, reason };
  transcript.steps[transcript.steps.length - 1] = { ...last, native };
}

function readLine(transcript: Draft, line: string, number: number): void {
  const directive = DIRECTIVE.exec(line);
  if (directive !== null) readDirective(transcript, directive[1] ?? "", directive[2] ?? "", number);
  else if (line.trim() !== "" && transcript.steps.length === 0) {
    transcript.why = `${transcript.why} ${line.trim()}`.trim();
  }
}

function readDirective(transcript: Draft, name: string, value: string, line: number): void {
  const connection = value === "" ? "main" : value;
  switch (name) {
    case "options":
      transcript.options = value.split(/\s+/);
      return;
    case "native":
      readNative(transcript, value);
      return;
    case "classic-sizes":
      transcript.classicSizes = true;
      return;
    case "whole":
      if (value === "") throw new Error("whole needs a reason");
      transcript.whole = value;
      return;
    case "unfinished":
      transcript.unfinished = true;
      return;
    case "wait":
      if (!/^\d{1,9}s$/.test(value)) throw new Error("write `wait: <seconds>s`");
      transcript.steps.push({
        kind: "wait",
        seconds: Number.parseInt(value, 10),
        connection: "",
        line,
      });
      return;
    case "close":
    case "silence":
    case "half-close":
    case "hang-up":
      transcript.steps.push({ kind: name, connection, line });
      return;
    default:
      throw new Error(`unknown directive: ${name}`);
  }
}

function readNative(transcript: Draft, value: string): void {
  if (/^skip \S/.test(value)) transcript.nativeSkip = value.slice(5);
  else if (/^prime \S/.test(value)) transcript.nativePrime = true;
  else throw new Error("write `native: skip <reason>` or `native: prime <reason>`");
}

/** What the subject is expected to answer at a reply step. */
export function expectedReply(step: Step & { kind: "reply" }, native: boolean): ReplyPattern {
  return native && step.native !== null ? step.native.pattern : step.pattern;
}

/**
 * The steps with neighbouring request and reply steps of one connection merged: all requests
 * first, then all replies, as a client that pipelines would send them.
 */
export function pipelined(steps: readonly Step[], native: boolean): Step[] {
  const merged: Step[] = [];
  for (const step of steps) {
    const reply = merged.at(-1);
    const request = merged.at(-2);
    const same = reply?.connection === step.connection && request?.connection === step.connection;
    if (step.kind === "request" && same && reply.kind === "reply" && request.kind === "request") {
      const bytes = Buffer.concat([request.bytes, step.bytes]);
      merged[merged.length - 2] = { ...request, bytes };
    } else if (step.kind === "reply" && reply?.kind === "reply" && same) {
      const pattern = followedBy(expectedReply(reply, native), expectedReply(step, native));
      merged[merged.length - 1] = { ...reply, pattern, native: null };
    } else merged.push(step);
  }
  return merged;
}
