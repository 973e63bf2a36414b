/**
 * The same bytes give the same replies, however they arrive and however slowly they are taken.
 *
 * Goal: no reply depends on where input is cut, on when turns come, or on a full socket. Method:
 * the command streams of the differential fuzzer go to two servers in process; one reads each batch
 * whole and its client takes everything, the other reads it in pieces and its client takes little
 * at a time.
 */
import { LocalServer, type MemoryTransport } from "../support/in-process.ts";
import type { Connection } from "../../src/connection/connection.ts";
import type { Random } from "../support/random.ts";
import { latin1 } from "../support/bytes.ts";
import { plan } from "../differential/plan.ts";
import { same } from "../property/difference.ts";
import { UNIQUE, spelt } from "../differential/command.ts";

const OPTIONS = ["-o", "no_lru_maintainer"];
const PIECE_MAX = 400;
const ROOM_MAX = 50_000;

/** Figures that tell how the bytes came. */
const PACKET_FIGURES =
  /^STAT (?:rusage_\w+|bytes_read|bytes_written|conn_yields|time|uptime) [0-9.]+\r\n/gm;

function replies(transport: MemoryTransport): string {
  return Buffer.from(transport.received()).toString("latin1").replaceAll(PACKET_FIGURES, "");
}

/** The client reads a little; the socket tells so once. */
function takeMore(connection: Connection, transport: MemoryTransport, random: Random): void {
  transport.wantsDrain = false;
  transport.room = 1 + random.below(ROOM_MAX);
  connection.drained();
}

function sendInPieces(server: LocalServer, bytes: Uint8Array, random: Random): string {
  const { connection, transport } = server.open();
  const isSlow = random.oneIn(2);
  if (isSlow) transport.room = random.below(ROOM_MAX);
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(bytes.length, at + 1 + random.below(PIECE_MAX));
    connection.receive(bytes.slice(at, end));
    if (random.oneIn(2)) server.settle();
    if (transport.wantsDrain && random.oneIn(2)) takeMore(connection, transport, random);
    at = end;
  }
  // Takes a little at a time until nothing is left to take.
  for (server.settle(); transport.wantsDrain && !transport.isClosed; server.settle()) {
    takeMore(connection, transport, random);
  }
  transport.room = Number.POSITIVE_INFINITY;
  const received = replies(transport);
  connection.gone();
  return received;
}

function sendWhole(server: LocalServer, bytes: Uint8Array): string {
  const { connection, transport } = server.open();
  connection.receive(bytes.slice());
  server.settle();
  const received = replies(transport);
  connection.gone();
  return received;
}

/** `events` is the number of batches, each of up to 40 commands. */
export function fuzzSplits(random: Random, events: number): void {
  const memories = random.pick([1, 3]);
  const whole = new LocalServer(OPTIONS, "core.server", memories);
  const pieces = new LocalServer(OPTIONS, "core.server", memories);
  let batches = 0;
  for (const { commands } of plan(random.bits(), "same", "data")) {
    if (batches++ === events) break;
    const text = commands.map((command) => spelt(command).replaceAll(UNIQUE, "7")).join("");
    const bytes = latin1(`${text}version\r\n`);
    same(`batch ${batches}`, sendInPieces(pieces, bytes, random), sendWhole(whole, bytes));
  }
  same("faults of the store", pieces.context.core.abi.check(), 0);
}
