/**
 * Whole requests through a connection, without a socket: parsing, the command, the reply, and what
 * the state machine adds. Also the parsing alone.
 */
import { Tokens } from "../../src/protocol/tokens.ts";
import { verbAt } from "../../src/protocol/verb.ts";
import { Random } from "../server/random.ts";
import type { Benchmark, Subject } from "../support/benchmark.ts";
import { LocalThread } from "../support/local-thread.ts";
import { SEED, type Values } from "../support/parameters.ts";

/** Different requests to take turns, so that neither keys nor branches are always the same. */
const VARIANTS = 256;

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const keyText = (index: number): string => `key:${String(index).padStart(10, "0")}`;

function filledThread({ memoryMebibytes, keyCount, valueLength }: Values): LocalThread {
  const thread = new LocalThread({ memoryLimit: memoryMebibytes << 20 });
  for (let index = 0; index < keyCount; index++) {
    const value = String(index % 10).repeat(valueLength);
    const replied = thread.receive(encode(setText(index, value)));
    if (replied !== "STORED\r\n".length) throw new Error("the store was not filled");
  }
  return thread;
}

function setText(index: number, value: string): string {
  return `set ${keyText(index)} 0 0 ${value.length}\r\n${value}\r\n`;
}

/** One read of `operations` requests, made of random keys by `textOf`. */
function requests(
  name: string,
  operations: number,
  textOf: (keys: readonly number[], values: Values) => string,
): Benchmark {
  return { name, operations, prepare: (values) => subjectOf(values, operations, textOf) };
}

function subjectOf(
  values: Values,
  keysEach: number,
  textOf: (keys: readonly number[], values: Values) => string,
): Subject {
  const thread = filledThread(values);
  const random = new Random(SEED);
  const reads = Array.from({ length: VARIANTS }, () => {
    const keys = Array.from({ length: keysEach }, () => random.below(values.keyCount));
    return encode(textOf(keys, values));
  });
  // The connection frees the memory of large chunks; here they are given again.
  const longest = Math.max(...reads.map((read) => read.length));
  if (longest >= 1024) throw new Error(`a read of ${longest} bytes would be freed`);
  let next = 0;
  return {
    call: () => thread.receive(reads[next++ & (VARIANTS - 1)] as Uint8Array),
    watch: (digest) => {
      thread.transport.digest = digest;
    },
  };
}

const PIPELINED = 50;
/** Lines of mg, and sets, that fit a read: more bytes would be freed. */
const META_PIPELINED = 48;
const SETS_PIPELINED = 16;

const REQUESTS_IN_PROCESS = [
  requests("request: get, one per read", 1, ([key = 0]) => `get ${keyText(key)}\r\n`),
  requests("request: get, 50 per read", PIPELINED, (keys) =>
    keys.map((key) => `get ${keyText(key)}\r\n`).join(""),
  ),
  requests(
    "request: get of 50 keys, each",
    PIPELINED,
    (keys) => `get ${keys.map(keyText).join(" ")}\r\n`,
  ),
  requests("request: set, one per read", 1, ([key = 0], { valueLength }) =>
    setText(key, "v".repeat(valueLength)),
  ),
  requests("request: set, 16 per read", SETS_PIPELINED, (keys, { valueLength }) =>
    keys.map((key) => setText(key, "v".repeat(valueLength))).join(""),
  ),
  requests("request: mg with v, one per read", 1, ([key = 0]) => `mg ${keyText(key)} v\r\n`),
  requests("request: mg with v, 48 per read", META_PIPELINED, (keys) =>
    keys.map((key) => `mg ${keyText(key)} v\r\n`).join(""),
  ),
  requests("request: ms, one per read", 1, ([key = 0], { valueLength }) => {
    return `ms ${keyText(key)} ${valueLength}\r\n${"v".repeat(valueLength)}\r\n`;
  }),
];

/** The line is cut into tokens, and its verb is told. */
function parsing(name: string, line: string): Benchmark {
  return {
    name,
    operations: 1,
    prepare: () => {
      const bytes = encode(line);
      const tokens = new Tokens();
      return {
        call: () => {
          tokens.cut(bytes, 0, bytes.length);
          return verbAt(bytes, tokens.start(0), tokens.length(0)) * 32 + tokens.count;
        },
        trace: (digest) => {
          for (let index = 0; index < tokens.count; index++) digest.addNumber(tokens.end(index));
        },
      };
    },
  };
}

export const REQUESTS: readonly Benchmark[] = [
  parsing("parse: get line", `get ${keyText(7)}`),
  parsing("parse: set line", `set ${keyText(7)} 0 0 32`),
  ...REQUESTS_IN_PROCESS,
];
