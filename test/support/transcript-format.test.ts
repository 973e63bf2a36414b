/** The transcript format: text to bytes, patterns, steps, and a replay that can fail. */

import { describe, expect, test } from "bun:test";
import { fromLatin1, latin1, readable } from "./bytes.ts";
import { replay, sendWhole } from "./replay.ts";
import { replaySplit, splitPlaces } from "./split-replay.ts";
import { EchoSubject } from "./scripted-subject.ts";
import { replyPattern, requestBytes } from "./transcript-text.ts";
import { type Transcript, needsOwnServer, parseTranscripts, pipelined } from "./transcript.ts";

function request(...lines: string[]): string {
  return fromLatin1(requestBytes(lines));
}

function one(...lines: string[]): Transcript {
  const [transcript] = parseTranscripts("example.md", lines.join("\n"));
  if (transcript === undefined) throw new Error("no transcript");
  return transcript;
}

describe("text of a request", () => {
  test("CR LF ends every line", () => expect(request("a", "", "b")).toBe("a\r\n\r\nb\r\n"));
  test("a final \\n is a bare LF", () => expect(request("a\\n", "b")).toBe("a\nb\r\n"));
  test("a final backslash ends with nothing", () => expect(request("a\\", "b")).toBe("ab\r\n"));
  test("escapes", () => expect(request("\\x00\\xFF\\r\\t\\\\\\<\\{")).toBe("\0\xff\r\t\\<{\r\n"));
  test("braces mean nothing", () => expect(request("{n}{x}")).toBe("{n}{x}\r\n"));
  test("repetition", () => expect(request("<3 x ab>c<2 x \\r\\n>")).toBe("abababc\r\n\r\n\r\n"));
  test("a sign below is itself", () => expect(request("a<b>")).toBe("a<b>\r\n"));
  test("unknown escapes are refused", () => expect(() => request("\\q")).toThrow("escape"));
  test("other characters are refused", () => expect(() => request("ä")).toThrow("escape"));
});

describe("pattern of a reply", () => {
  test.each([
    ["", "more"],
    ["STO", "more"],
    ["STORED\r\n", "match"],
    ["STORED\r\nE", "wrong"],
    ["ERR", "wrong"],
  ] as const)("literal: %j is %s", (text, verdict) => {
    expect(replyPattern(["STORED"]).verdict(latin1(text))).toBe(verdict);
  });

  test.each([
    ["STAT pid 1", "more"],
    ["STAT pid 12\r\nEND\r\n", "match"],
    ["STAT pid x\r\nEND\r\n", "wrong"],
    ["STAT pid \r\nEND\r\n", "wrong"],
    ["STAT pid 12\r\nEND\r\nEND\r\n", "wrong"],
  ] as const)("number: %j is %s", (text, verdict) => {
    expect(replyPattern(["STAT pid {n}", "END"]).verdict(latin1(text))).toBe(verdict);
  });

  test.each([
    ["a\r\nEND\r\n", "match"],
    ["a\r\nb\r\nEND\r\n", "match"],
    ["a\r\nb\r\n", "more"],
    ["b\r\n", "wrong"],
  ] as const)("lines: %j is %s", (text, verdict) => {
    expect(replyPattern(["a", "{lines}", "END"]).verdict(latin1(text))).toBe(verdict);
  });

  test("special characters of expressions are literal", () => {
    const pattern = replyPattern(["on|off. (x)* {any}"]);
    expect(pattern.verdict(latin1("on|off. (x)* anything\r\n"))).toBe("match");
    expect(pattern.verdict(latin1("on|offs (x)* anything\r\n"))).toBe("wrong");
  });

  test("a pattern shows itself", () => {
    expect(replyPattern(["a {n}", "{lines}", "b"]).toString()).toBe("a {n}\r\n{lines}b\r\n");
  });
});

describe("bytes for a human", () => {
  test("odd bytes are escaped", () => {
    expect(readable(latin1("a\r\nb\n\0\xff\\"))).toBe("a\nb\\n\n\\x00\\xff\\\\");
  });
});

function asking(line: string): boolean {
  return needsOwnServer(one(...HEAD, "```request", line, "```"));
}

async function held(transcript: Transcript, subject: EchoSubject): Promise<void> {
  const settings = { native: subject.native, steps: transcript.steps, send: sendWhole };
  await replay(transcript, await subject.open(), settings);
}

const HEAD = ["# file", "", "## title", "Because of this."];
const ECHO = ["```request", "a", "```", "```reply", "a", "```"];

describe("transcripts", () => {
  test("headers and steps", () => {
    const options = ["options: -A -o  x", "classic-sizes", "whole: cut", "unfinished"];
    const transcript = one(...HEAD, ...options, ...ECHO, "wait: 2s", "silence: b", "close");
    expect(transcript).toMatchObject({ title: "title", why: "Because of this.", line: 3 });
    expect(transcript).toMatchObject({ options: ["-A", "-o", "x"], classicSizes: true });
    expect(transcript).toMatchObject({ whole: "cut", unfinished: true, nativeSkip: null });
    const kinds = transcript.steps.map(({ kind, connection }) => `${kind} ${connection}`);
    expect(kinds).toEqual(["request main", "reply main", "wait ", "silence b", "close main"]);
  });

  test.each([
    [["```request", "a"], "never closed"],
    [["```requst", "a", "```"], "unknown block"],
    [["clsoe"], "unknown directive"],
    [["wait: soon"], "wait"],
    [["native: skip"], "native"],
    [["```native-reply why", "```"], "must follow"],
    [[...ECHO, "```native-reply", "```"], "reason"],
  ])("%j is refused", (lines, message) => {
    expect(() => one(...HEAD, ...lines)).toThrow(message);
  });

  test("a conversation has to say why", () => {
    expect(() => one("## title", ...ECHO)).toThrow("does not say why");
  });

  test("what needs a server of its own", () => {
    expect(["stats", "gets a", " flush_all"].map(asking)).toEqual([true, true, true]);
    expect(["get a", "set gets 0 0 0", "mstats"].map(asking)).toEqual([false, false, false]);
  });

  test("pipelining joins what a client could send at once", () => {
    const steps = pipelined(one(...HEAD, ...ECHO, ...ECHO, "silence", ...ECHO).steps, false);
    expect(steps.map(({ kind }) => kind)).toEqual([
      "request",
      "reply",
      "silence",
      "request",
      "reply",
    ]);
    expect(splitPlaces(steps)).toHaveLength(5 + 2);
  });
});

describe("replay", () => {
  const echo = one(...HEAD, ...ECHO, ...ECHO);

  test("passes when every reply is as written", () => held(echo, new EchoSubject("")));

  test("shows expected and received when not", async () => {
    const transcript = one(...HEAD, "```request", "a", "```", "```reply", "b", "```");
    const failure = held(transcript, new EchoSubject(""));
    await expect(failure).rejects.toThrow('example.md:8: "title"\nexpected:\nb\n\nreceived:\na\n');
  });

  test("notices bytes beyond the last reply", async () => {
    const failure = held(echo, new EchoSubject("surplus"));
    await expect(failure).rejects.toThrow("received");
  });

  test("native servers may answer otherwise", async () => {
    const lines = ["```request", "a", "```", "```reply", "b", "```"];
    const transcript = one(...HEAD, ...lines, "```native-reply older", "a", "```");
    await held(transcript, new EchoSubject("", true));
    await expect(held(transcript, new EchoSubject(""))).rejects.toThrow("expected");
  });

  test("is held at every split", async () => {
    const subject = new EchoSubject("");
    await replaySplit(echo, subject);
    // Six bytes of input have five places between them; one more time byte by byte.
    expect(subject.connections).toBe(5 + 1 + 5);
  });
});
