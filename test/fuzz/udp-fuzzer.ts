/**
 * Datagrams: a request gets the answers that a connection of its own would get, cut and numbered as
 * the frame wants; whatever is no request gets none, and harms nobody.
 *
 * Method: datagrams with random frames around random lines, packets and noise go to one server, and
 * what is in those that count to another one over a connection. After each a `version` is answered.
 */
import { LocalServer } from "../support/in-process.ts";
import type { Random } from "../support/random.ts";
import { State } from "../../src/connection/state.ts";
import { joined, latin1 } from "../support/bytes.ts";
import { plan } from "../differential/plan.ts";
import { same } from "../property/difference.ts";
import { sound, spelt as spelledPacket } from "../differential/binary-plan.ts";
import { UNIQUE, spelt } from "../differential/command.ts";

const OPTIONS = ["-o", "no_lru_maintainer"];
const HEADER = 8;
const DATAGRAM_MAX = 1400;
const REQUEST_MAX = 60_000;
const SOCKET = 99;

/** Figures that tell of connections and packets. */
const FIGURES = /STAT [^\r\n]*\r\n/g;

interface Reply {
  readonly id: number;
  readonly text: string;
}

function frame(id: number, number: number, count: number, reserved: number): Buffer {
  const header = Buffer.alloc(HEADER);
  for (const [index, value] of [id, number, count, reserved].entries()) {
    header.writeUInt16BE(value, 2 * index);
  }
  return header;
}

/** Serves a datagram; puts the pieces of the answers together. */
function served(server: LocalServer, datagram: Uint8Array): Reply[] {
  const replies: Reply[] = [];
  let next = { id: 0, number: 0, count: 0, text: "" };
  server.thread.serveDatagram(SOCKET, datagram, (sent) => {
    const piece = Buffer.from(sent);
    same("a datagram's length", piece.length <= DATAGRAM_MAX, true);
    const [id, number, count] = [0, 2, 4].map((at) => piece.readUInt16BE(at));
    same("the number of a piece", number, next.number);
    if (number === 0) next = { id: id ?? 0, number: 0, count: count ?? 0, text: "" };
    same("the id and the count", [id, count].join(), [next.id, next.count].join());
    next.text += piece.toString("latin1", HEADER);
    next.number++;
    if (next.number < next.count) return;
    replies.push({ id: next.id, text: next.text });
    next = { id: 0, number: 0, count: 0, text: "" };
  });
  same("pieces of an unfinished answer", next.number, 0);
  return replies;
}

/** What a connection answers, and whether it waits for the rest of a value then. */
function connected(server: LocalServer, payload: Uint8Array): { text: string; waits: boolean } {
  const { connection, transport } = server.open();
  connection.receive(payload.slice());
  server.settle();
  const text = Buffer.from(transport.received()).toString("latin1");
  const waits = connection.state === State.NREAD || connection.state === State.SWALLOW;
  connection.gone();
  return { text, waits };
}

function payloadOf(random: Random, texts: ReturnType<typeof plan>): Uint8Array {
  const kind = random.below(8);
  if (kind === 0) return Uint8Array.from({ length: random.below(2000) }, () => random.below(256));
  if (kind < 4) {
    const count = 1 + random.below(20);
    return joined(Array.from({ length: count }, (_, at) => spelledPacket(sound(random), at, "77")));
  }
  const { commands } = texts.next().value;
  const text = commands.map((command) => spelt(command).replaceAll(UNIQUE, "7")).join("");
  return latin1(text);
}

/** `events` is the number of datagrams. */
export function fuzzUdp(random: Random, events: number): void {
  const datagrams = new LocalServer(OPTIONS);
  const stream = new LocalServer(OPTIONS);
  const texts = plan(random.bits(), "same", "data");
  for (let count = 0; count < events; count++) {
    const payload = payloadOf(random, texts).slice(0, REQUEST_MAX);
    const id = random.below(65_536);
    const parts = random.oneIn(8) ? random.pick([0, 2, 256, 65_535]) : 1;
    const header = frame(id, random.below(65_536), parts, random.below(65_536));
    const length = random.oneIn(20) ? random.below(HEADER + 1) : HEADER + payload.length;
    const datagram = Buffer.concat([header, payload]).subarray(0, length);
    const replies = served(datagrams, datagram);
    for (const reply of replies) same("the id", reply.id, id);
    const text = replies
      .map((reply) => reply.text)
      .join("")
      .replace(FIGURES, "");
    if (parts !== 1 || length <= HEADER) same(`datagram ${count}, no request`, replies.length, 0);
    else {
      const expected = connected(stream, payload);
      const wanted = expected.text.replace(FIGURES, "");
      const shared = expected.waits
        ? Math.min(text.length, wanted.length)
        : Number.POSITIVE_INFINITY;
      same(`datagram ${count}`, text.slice(0, shared), wanted.slice(0, shared));
    }
    const [fence, ...more] = served(
      datagrams,
      Buffer.concat([frame(7, 0, 1, 0), latin1("version\r\n")]),
    );
    same(
      "the fence",
      JSON.stringify([fence, more.length]),
      JSON.stringify([{ id: 7, text: "VERSION 1.6.45\r\n" }, 0]),
    );
  }
  for (const { context } of [datagrams, stream]) same("faults", context.core.abi.check(), 0);
}
