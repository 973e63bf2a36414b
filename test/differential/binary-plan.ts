/**
 * Random packets of the binary protocol, right and wrong, for comparing servers and for fuzzing.
 *
 * The opaque of a packet is its place in the batch, so that answers can be told apart. `UNIQUE` as
 * the CAS stands for the one that the server showed last for the key. Left out is what depends on
 * time, and what older servers do otherwise: the batch must mean the same to both.
 */

import { type Fields, opcodeOf, request } from "../support/binary-packets.ts";
import { latin1 } from "../support/bytes.ts";
import type { Random } from "../support/random.ts";

export const UNIQUE = "unique";

export interface PacketPlan {
  readonly name: string;
  readonly fields: Fields;
}

const HOT_KEYS = ["a", "b", "foo", "n", "m"];
const COLD_KEYS = 200;

const GETS = ["Get", "GetQ", "GetK", "GetKQ"];
const TOUCHES = ["Touch", "GAT", "GATQ", "GATK", "GATKQ"];
const STORES = ["Set", "SetQ", "Add", "AddQ", "Replace", "ReplaceQ"];
const EXTENSIONS = ["Append", "AppendQ", "Prepend", "PrependQ"];
const COUNTS = ["Increment", "IncrementQ", "Decrement", "DecrementQ"];
const EMPTY = ["Noop", "Version", "SASLList", "0x1f", "0x30", "0x3c", "0x7f", "0xff"];
const STATS = ["sizes", "xyz", "conns", "items!", "proxy", "detail dum"];

const NUMBERS = ["0", "1", "9", "10", "99", "100", "18446744073709551615", "0007", "5 "];
const DELTAS = ["0", "1", "9", "91", "1000", "4294967296", "18446744073709551615"];
const TIMES = ["0", "0", "0", "1000", "2592000", "2592001", "0x80000000", "0xffffffff"];
const UNIQUES = ["18446744073709551614", "777777777777777", "0xffffffffffffffff"];

function key(random: Random): string {
  if (!random.oneIn(4)) return random.pick(HOT_KEYS);
  const odd = random.below(20);
  if (odd === 0) return "k".repeat(250);
  if (odd === 1) return "\x01 \r\n\xff\x80";
  return `cold-${random.below(COLD_KEYS)}`;
}

function value(random: Random): string {
  const kind = random.below(24);
  if (kind < 9) return random.pick(NUMBERS);
  if (kind < 11) return "";
  if (kind < 13) return "\x80\x0a\r\nEND\r\n\0";
  if (kind < 14) return "v".repeat(random.pick([100, 1000, 5000, 20_000, 40_000]));
  return "w".repeat(random.below(64));
}

/** Some packets compare uniques: right ones and wrong ones. */
function withCas(random: Random, fields: Fields): Fields {
  if (!random.oneIn(5)) return fields;
  return { ...fields, cas: random.oneIn(3) ? random.pick(UNIQUES) : UNIQUE };
}

function store(random: Random): PacketPlan {
  const flags = random.pick(["0", "0", "7", "0xffffffff"]);
  const exptime = random.pick(TIMES);
  const fields = { key: key(random), value: value(random), flags, exptime };
  return { name: random.pick(STORES), fields: withCas(random, fields) };
}

function extend(random: Random): PacketPlan {
  const fields = { key: key(random), value: "x".repeat(random.below(20)) };
  return { name: random.pick(EXTENSIONS), fields: withCas(random, fields) };
}

function count(random: Random): PacketPlan {
  const exptime = random.pick(["0", "0xffffffff", "1000", "2592001"]);
  const numbers = { delta: random.pick(DELTAS), initial: random.pick(DELTAS) };
  const fields = { key: random.oneIn(3) ? key(random) : "n", ...numbers, exptime };
  return { name: random.pick(COUNTS), fields: withCas(random, fields) };
}

function remove(random: Random): PacketPlan {
  const name = random.pick(["Delete", "DeleteQ"]);
  return { name, fields: withCas(random, { key: key(random) }) };
}

function touch(random: Random): PacketPlan {
  return { name: random.pick(TOUCHES), fields: { key: key(random), exptime: random.pick(TIMES) } };
}

function get(random: Random): PacketPlan {
  return { name: random.pick(GETS), fields: { key: key(random) } };
}

function other(random: Random): PacketPlan {
  if (random.oneIn(4)) return { name: "Stat", fields: { key: random.pick(STATS) } };
  if (random.oneIn(10)) return { name: random.pick(["Flush", "FlushQ"]), fields: {} };
  if (random.oneIn(30)) return { name: "Set", fields: { key: "a", value: "L".repeat(1_100_000) } };
  if (random.oneIn(5)) return { name: "SASLAuth", fields: { key: "PLAIN", value: "\0u\0p" } };
  return { name: random.pick(EMPTY), fields: {} };
}

/** Any packet that leaves the connection open and in step. */
export function sound(random: Random): PacketPlan {
  const make = random.weighted([
    [get, 30],
    [store, 20],
    [count, 12],
    [touch, 8],
    [remove, 6],
    [extend, 8],
    [other, 6],
  ] as const);
  return make(random);
}

/**
 * A packet after which the connection ends. It is short: a server that closes on unread bytes
 * resets the connection, and answers on their way are lost.
 */
export function fatal(random: Random): PacketPlan {
  const { name, fields } = random.oneIn(2) ? get(random) : remove(random);
  const kind = random.below(7);
  if (kind === 0) return { name, fields: { ...fields, magic: "0x81" } };
  if (kind === 1) return { name, fields: { ...fields, key: "k".repeat(251 + random.below(2000)) } };
  if (kind === 2) return { name: "Get", fields: { key: "foo", bodyLength: "2" } };
  if (kind === 3) return { name: random.pick(STORES), fields: { ...fields, extras: "\0" } };
  if (kind === 4) return { name: random.pick([...GETS, ...COUNTS]), fields: { extras: "12" } };
  if (kind === 5) return { name: "Noop", fields: { key: "k" } };
  return { name: random.pick(["Quit", "QuitQ"]), fields: {} };
}

/** The packet as bytes; `unique` is what the server showed for its key. */
export function spelt({ name, fields }: PacketPlan, opaque: number, unique: string): Uint8Array {
  const cas = fields["cas"] === UNIQUE ? unique : (fields["cas"] ?? "0");
  return latin1(request(name, { ...fields, cas, opaque: String(opaque) }));
}

/** Whether the packet's answer shows a unique of its key. */
export function showsUnique(name: string): boolean {
  const opcode = opcodeOf(name);
  return opcode <= 0x0f && opcode !== opcodeOf("Delete");
}
