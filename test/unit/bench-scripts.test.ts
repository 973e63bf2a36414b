/**
 * Goal: the server benchmark measures right answers only: for every kind of load the bytes that it
 * expects are those that the server gives, and a byte that differs is found.
 * Method: each script's requests go to a server in process; then single bytes of the answers are
 * changed, each in its turn. Only a CAS unique of the binary protocol may change.
 */
import { describe, expect, test } from "bun:test";
import { type BatchShape, Script, isStoring } from "../../bench/server/script.ts";
import { LOADS } from "../../bench/server/loads.ts";
import { LocalServer } from "../support/in-process.ts";
import { Random } from "../../bench/server/random.ts";
import { addressOf } from "../../bench/server/libc.ts";

const DATA = { prefix: "t", keys: 60, valueBytes: 32 };
const BATCHES = 20;
/** Header bytes of a binary answer, and where in them its CAS unique is. */
const HEADER = 24;
const CAS_AT = 16;

const COMMANDS = [...new Set(LOADS.map(({ shape }) => shape.command))];
const SHAPES = COMMANDS.flatMap((command): BatchShape[] =>
  command.endsWith("multiget")
    ? [{ command, keysPerBatch: 50 }]
    : [
        { command, keysPerBatch: 1 },
        { command, keysPerBatch: 50 },
      ],
);

/** Sends a batch to a server; the whole answer, in memory of its own. */
function answerOf(server: LocalServer, script: Script, batch: number): Uint8Array {
  const { connection, transport } = server.open();
  connection.receive(script.request(batch).slice());
  server.settle();
  connection.gone();
  return transport.received().slice();
}

function filledServer(): LocalServer {
  const server = new LocalServer([]);
  const fill = new Script(DATA, 0, { command: "set", keysPerBatch: 1 }, null);
  for (let batch = 0; batch < fill.batches; batch++) answerOf(server, fill, batch);
  return server;
}

/** Bytes of an answer that may be anything: the places of its CAS uniques. */
function casPlaces(shape: BatchShape, answer: Uint8Array): Set<number> {
  const places = new Set<number>();
  if (!shape.command.startsWith("binary")) return places;
  const view = new DataView(answer.buffer);
  for (let at = 0; at < answer.length; at += HEADER + view.getUint32(at + 8)) {
    for (let cas = at + CAS_AT; cas < at + HEADER; cas++) places.add(cas);
  }
  return places;
}

describe.each(SHAPES)("$command, $keysPerBatch to a batch", (shape) => {
  const script = new Script(DATA, isStoring(shape) ? 1 : 0, shape, new Random(1));
  const matches = (batch: number, bytes: Uint8Array, from = 0): boolean =>
    script.matches(batch, from, addressOf(bytes), bytes.length);

  test("the server answers as the script expects", () => {
    const server = filledServer();
    for (let batch = 0; batch < Math.min(BATCHES, script.batches); batch++) {
      const answer = answerOf(server, script, batch);
      expect(answer.length).toBe(script.answerBytes(batch));
      expect(matches(batch, answer)).toBe(true);
    }
  });

  test("an answer that comes in two pieces, cut anywhere", () => {
    const answer = answerOf(filledServer(), script, 3);
    for (let cut = 1; cut < answer.length; cut++) {
      expect(matches(3, answer.slice(0, cut))).toBe(true);
      expect(matches(3, answer.slice(cut), cut)).toBe(true);
    }
  });

  test("any other byte is found, and a byte too many", () => {
    const answer = answerOf(filledServer(), script, 3);
    const free = casPlaces(shape, answer);
    for (let at = 0; at < answer.length; at++) {
      const changed = answer.slice();
      changed[at]! ^= 1;
      expect(matches(3, changed)).toBe(free.has(at));
    }
    expect(matches(3, Buffer.concat([answer, answer.subarray(0, 1)]))).toBe(false);
  });
});
