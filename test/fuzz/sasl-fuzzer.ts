/**
 * With `-S` packets do nothing before a right password has come, whatever they are and however they
 * arrive; and the connection is in step, or closed.
 *
 * Method: batches of attempts and of other packets, some of them damaged, go to a server whole and
 * to another one in pieces. Up to the first success, answers other than those to attempts, to the
 * list and to Version are refusals that end the connection. A Noop behind the batch is answered if
 * the connection is still open and nothing was damaged. What nobody was allowed to store is not
 * there.
 */
import { type Answer, decodeAnswers, opcodeOf, request } from "../support/binary-packets.ts";
import { joined, latin1 } from "../support/bytes.ts";
import { LocalServer } from "../support/in-process.ts";
import type { Random } from "../support/random.ts";
import { State } from "../../src/connection/state.ts";
import { join } from "node:path";
import { same } from "../property/difference.ts";
import { sound, spelt } from "../differential/binary-plan.ts";

const PASSWORDS = join(import.meta.dirname, "../transcript/sasl-passwords.txt");
const PIECE_MAX = 60;
const FENCE = 0xfeed;
const ATTEMPTS = new Set(["SASLAuth", "SASLStep"].map(opcodeOf));
const OPEN = new Set([...ATTEMPTS, opcodeOf("SASLList"), opcodeOf("Version")]);

const RIGHT = "\0user\0secret";
const WRONG = ["\0user\0Secret", "\0user\0secret\0", "user\0secret", "", "\0\0", "x\0user\0secret"];

function packet(random: Random): Uint8Array {
  const value = random.oneIn(3) ? RIGHT : random.pick([...WRONG, "x".repeat(random.below(3000))]);
  const key = random.oneIn(5) ? random.pick(["", "LOGIN", "plain", "P".repeat(40)]) : "PLAIN";
  switch (random.below(6)) {
    case 0:
      return latin1(request(random.pick(["SASLList", "Version"])));
    case 1:
      return latin1(request("SASLStep", { key, value }));
    case 2:
      return random.oneIn(2)
        ? latin1(request("Set", { key: "stolen", value: "x" }))
        : spelt(sound(random), 1, "77");
    default:
      return latin1(request("SASLAuth", { key, value }));
  }
}

function batch(random: Random): { readonly bytes: Uint8Array; readonly isDamaged: boolean } {
  const parts = Array.from({ length: 1 + random.below(8) }, () => packet(random));
  const bytes = joined([...parts, latin1(request("Noop", { opaque: String(FENCE) }))]);
  const isDamaged = random.oneIn(3);
  for (let times = isDamaged ? 1 + random.below(3) : 0; times > 0; times--) {
    bytes[1 + random.below(bytes.length - 1)] = random.oneIn(2) ? 0xff : random.below(256);
  }
  return { bytes, isDamaged };
}

interface End {
  readonly answers: Uint8Array;
  readonly state: State;
}

function played(server: LocalServer, bytes: Uint8Array, random: Random | null): End {
  const { connection, transport } = server.open();
  for (let at = 0; at < bytes.length && !transport.isClosed;) {
    const size = random === null ? bytes.length : 1 + random.below(PIECE_MAX);
    connection.receive(bytes.slice(at, at + size));
    if (random?.oneIn(2) ?? true) server.settle();
    at += size;
  }
  server.settle();
  const end = { answers: transport.received().slice(), state: connection.state };
  connection.gone();
  return end;
}

/** Nothing is answered but refusals before the first success; whether there was one. */
function judged(answers: readonly Answer[]): boolean {
  for (const [at, { opcode, status }] of answers.entries()) {
    if (ATTEMPTS.has(opcode) && status === 0) return true;
    if (OPEN.has(opcode)) continue;
    same(`status of an answer to ${opcode}`, status === 0, false);
    // A refusal is the last word.
    same(`answers after the refusal of ${opcode}`, answers.length - at - 1, 0);
  }
  return false;
}

/** What a client that may ask finds under the key that is set without permission. */
function storedStatus(server: LocalServer): number | undefined {
  const asked = [
    request("SASLAuth", { key: "PLAIN", value: RIGHT }),
    request("Get", { key: "stolen" }),
  ];
  const [welcome, got] = decodeAnswers(played(server, latin1(asked.join("")), null).answers);
  same("the right password", welcome?.status, 0);
  return got?.status;
}

function serverOf(): LocalServer {
  const before = process.env["MEMCACHED_SASL_PWDB"];
  process.env["MEMCACHED_SASL_PWDB"] = PASSWORDS;
  try {
    return new LocalServer(["-S"]);
  } finally {
    if (before === undefined) delete process.env["MEMCACHED_SASL_PWDB"];
    else process.env["MEMCACHED_SASL_PWDB"] = before;
  }
}

/** `events` is the number of batches. */
export function fuzzSasl(random: Random, events: number): void {
  const whole = serverOf();
  const pieces = serverOf();
  for (let count = 0; count < events; count++) {
    const { bytes, isDamaged } = batch(random);
    const end = played(whole, bytes, null);
    const cut = played(pieces, bytes, random);
    same(`state after batch ${count}`, cut.state, end.state);
    const texts = [cut, end].map(({ answers }) => Buffer.from(answers).toString("latin1"));
    // Answers may wait while a value is incomplete.
    const isWaiting = end.state === State.NREAD || end.state === State.SWALLOW;
    const shorter = Math.min(cut.answers.length, end.answers.length);
    const length = isWaiting ? shorter : Number.POSITIVE_INFINITY;
    same(`batch ${count}`, texts[0]?.slice(0, length), texts[1]?.slice(0, length));
    const answers = decodeAnswers(end.answers.length > 0 ? end.answers : cut.answers);
    const isIn = judged(answers);
    if (!isIn) same("stored by nobody", storedStatus(whole), 1);
    const isResting = end.state === State.NEW_CMD || end.state === State.WAITING;
    if (isIn && isResting && !isDamaged) same("the fence", answers.at(-1)?.opaque, FENCE);
    if (!isIn) continue;
    for (const server of [whole, pieces]) {
      const wipe = [request("SASLAuth", { key: "PLAIN", value: RIGHT }), request("Flush")];
      played(server, latin1(wipe.join("")), null);
    }
  }
  for (const { context } of [whole, pieces]) same("faults", context.core.abi.check(), 0);
}
