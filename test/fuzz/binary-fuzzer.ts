/**
 * Packets of the binary protocol give the same answers however they arrive and however slowly the
 * answers are taken; and what is no packet harms nobody.
 *
 * Method: batches of random packets, some of them damaged, go to two servers in process. One reads
 * each batch whole and its client takes everything, the other reads it in pieces and its client
 * takes little at a time. Damage is any changed byte, huge lengths among it. After each batch both
 * stores must be in order, with no item left that somebody holds.
 */
import { LocalServer, type MemoryTransport } from "../support/in-process.ts";
import { fatal, sound, spelt } from "../differential/binary-plan.ts";
import type { Connection } from "../../src/connection/connection.ts";
import { HostCounter } from "../../src/base/host-counters.ts";
import type { Random } from "../support/random.ts";
import { State } from "../../src/connection/state.ts";
import { joined, latin1 } from "../support/bytes.ts";
import { request } from "../support/binary-packets.ts";
import { same } from "../property/difference.ts";

const OPTIONS = ["-o", "no_lru_maintainer"];
const PACKETS_MAX = 40;
const PIECE_MAX = 300;
const ROOM_MAX = 50_000;

/** What a server in process may send for one batch: 40 answers with the largest values. */
const ANSWERS_LENGTH_MAX = 64 * 1024 * 1024;

interface End {
  readonly answers: string;
  readonly state: State;
}

/** Figures that tell how the bytes came; damage may turn any packet into a stat. */
const PACKET_FIGURES = /^(?:rusage_\w+|bytes_read|bytes_written|conn_yields|lrutail_reflocked)$/;

/** The answers without such figures. */
function text(transport: MemoryTransport): string {
  const all = Buffer.from(transport.received());
  let kept = "";
  let end = 0;
  for (let at = 0; at < all.length; at = end) {
    end = at + 24 + (at + 24 <= all.length ? all.readUInt32BE(at + 8) : 0);
    const key = all.toString("latin1", at + 24, at + 24 + (all[at + 3] ?? 0));
    if (all[at + 1] !== 0x10 || !PACKET_FIGURES.test(key)) kept += all.toString("latin1", at, end);
  }
  return kept;
}

/** The batch's packets; `unique` stands for whatever was shown. */
function batch(random: Random): Uint8Array {
  const count = 1 + random.below(PACKETS_MAX);
  const parts = Array.from({ length: count }, (_, index) => {
    return spelt(random.oneIn(30) ? fatal(random) : sound(random), index, "77");
  });
  parts.push(latin1(request("Noop", { opaque: "0xfeed" })));
  const bytes = joined(parts);
  if (random.oneIn(2)) damage(random, bytes);
  // The first byte chooses the protocol, and this is about one of them.
  bytes[0] = 0x80;
  return bytes;
}

/** Changes some bytes, mostly those of headers near the front. */
function damage(random: Random, bytes: Uint8Array): void {
  for (let times = 1 + random.below(4); times > 0; times--) {
    const at = 1 + random.below(Math.min(bytes.length - 1, random.oneIn(2) ? 64 : 2000));
    bytes[at] = random.oneIn(2) ? random.pick([0, 0x7f, 0x80, 0xff]) : random.below(256);
  }
}

function takeMore(connection: Connection, transport: MemoryTransport, random: Random): void {
  transport.wantsDrain = false;
  transport.room = 1 + random.below(ROOM_MAX);
  connection.drained();
}

function sendInPieces(server: LocalServer, bytes: Uint8Array, random: Random): End {
  const { connection, transport } = server.open();
  if (random.oneIn(2)) transport.room = random.below(ROOM_MAX);
  for (let at = 0; at < bytes.length && !transport.isClosed;) {
    const size = random.oneIn(8) ? 16_384 : 1 + random.below(PIECE_MAX);
    const end = Math.min(bytes.length, at + size);
    connection.receive(bytes.slice(at, end));
    if (random.oneIn(2)) server.settle();
    if (transport.wantsDrain && random.oneIn(2)) takeMore(connection, transport, random);
    at = end;
  }
  for (server.settle(); transport.wantsDrain && !transport.isClosed; server.settle()) {
    takeMore(connection, transport, random);
  }
  transport.room = Number.POSITIVE_INFINITY;
  return ended(connection, transport);
}

function sendWhole(server: LocalServer, bytes: Uint8Array): End {
  const { connection, transport } = server.open();
  connection.receive(bytes.slice());
  server.settle();
  return ended(connection, transport);
}

/** The answers, and in which state the connection is then: closed by the server, or not. */
function ended(connection: Connection, transport: MemoryTransport): End {
  const end = { answers: text(transport), state: connection.state };
  connection.gone();
  const { length } = end.answers;
  if (length > ANSWERS_LENGTH_MAX) throw new Error(`${length} bytes of answers`);
  return end;
}

/** Answers may wait while a value is incomplete; how many do depends on how the bytes came. */
function compare(batch: number, pieces: End, whole: End): void {
  same(`state after batch ${batch}`, pieces.state, whole.state);
  const isWaiting = whole.state === State.NREAD || whole.state === State.SWALLOW;
  const shorter = Math.min(pieces.answers.length, whole.answers.length);
  const length = isWaiting ? shorter : Number.POSITIVE_INFINITY;
  same(`batch ${batch}`, pieces.answers.slice(0, length), whole.answers.slice(0, length));
}

/** Random bytes behind a first one that chooses the binary protocol. */
function garbage(random: Random): Uint8Array {
  const bytes = Uint8Array.from({ length: 1 + random.below(400) }, () => random.below(256));
  bytes[0] = 0x80;
  return bytes;
}

/** `events` is the number of batches. */
export function fuzzBinary(random: Random, events: number): void {
  const whole = new LocalServer(OPTIONS);
  const pieces = new LocalServer(OPTIONS);
  for (let count = 0; count < events; count++) {
    const bytes = random.oneIn(4) ? garbage(random) : batch(random);
    compare(count, sendInPieces(pieces, bytes, random), sendWhole(whole, bytes));
  }
  for (const { context } of [whole, pieces]) {
    same("faults of the store", context.core.abi.check(), 0);
    same("connections", context.counters.sum(HostCounter.CURRENT_CONNECTIONS), 1);
  }
}
