/**
 * Goal: packets of the binary protocol mean the same to this server and to a native memcached, also
 * while a text connection works with the same items.
 * Method: random batches to both, each side with its own CAS uniques; decoded answers are compared,
 * uniques by the order in which they appeared.
 */

import { describe, expect, test } from "bun:test";
import { type Answer, decodeAnswers, request } from "../support/binary-packets.ts";
import { fromLatin1, joined, latin1 } from "../support/bytes.ts";
import { Random, freshSeed } from "../support/random.ts";
import type { Conversation, Server, Subject } from "../support/subject.ts";
import { optionsOf } from "./family.ts";
import { NO_NATIVE, nativeSubject, ownSubject, skipped } from "../support/subjects.ts";
import { type PacketPlan, fatal, sound, spelt } from "./binary-plan.ts";

const SECONDS = 3;
const TIMEOUT_MS = 60_000;
const REPLY_TIMEOUT_MS = 10_000;
const FENCE = 0xfffffff0;
const NO_UNIQUE = "99999999999";

const TEXT_LINES = [
  "get a b foo n",
  "append a 0 0 1\r\n!",
  "set n 0 0 1\r\n7",
  "incr n 3",
  "delete b",
  "touch foo 100",
  "add m 5 0 3\r\nabc",
];

interface Batch {
  readonly packets: readonly PacketPlan[];
  readonly isLast: boolean;
  readonly cut: number;
  readonly text: string;
}

/**
 * memcached holds an item until the answer with its value has left, and a number that is held is
 * not overwritten in place: how long it then is depends on when answers left. Noop lets them leave.
 */
function fenced(packet: PacketPlan): PacketPlan[] {
  return /crement/.test(packet.name) ? [{ name: "Noop", fields: {} }, packet] : [packet];
}

function batchOf(random: Random): Batch {
  const packets = Array.from({ length: 1 + random.below(40) }, () => sound(random)).flatMap(fenced);
  const isLast = random.oneIn(6);
  // What is queued when a first byte is wrong is lost with memcached, unless it has left.
  if (isLast) packets.push({ name: "Noop", fields: {} }, fatal(random));
  const lines = Array.from({ length: random.below(4) }, () => random.pick(TEXT_LINES));
  return { packets, isLast, cut: random.below(3), text: lines.map((t) => `${t}\r\n`).join("") };
}

/** One server: a binary connection, renewed when it was closed, and a text connection. */
class BinarySide {
  private binary: Conversation | null = null;
  private seen = 0;
  private readonly uniques = new Map<string, string>();
  private readonly order = new Map<string, number>();

  private constructor(
    private readonly server: Server,
    private readonly text: Conversation,
  ) {}

  static async open(server: Server): Promise<BinarySide> {
    return new BinarySide(server, await server.connect());
  }

  /** Sends a batch; returns its answers as lines that can be compared. */
  async play(batch: Batch): Promise<string> {
    if (this.binary === null) {
      this.binary = await this.server.connect();
      this.seen = 0;
    }
    const parts = batch.packets.map((plan, index) => {
      return spelt(plan, index, this.uniques.get(plan.fields["key"] ?? "") ?? NO_UNIQUE);
    });
    const fence = latin1(request("Noop", { opaque: String(FENCE) }));
    const bytes = joined([...parts, fence]);
    const step = Math.ceil(bytes.length / (batch.cut + 1));
    for (let at = 0; at < bytes.length; at += step) {
      await this.binary.send(bytes.subarray(at, at + step));
      if (batch.cut > 0) await Bun.sleep(0);
    }
    const answers = decodeAnswers(await this.answersOf(this.binary, batch.isLast));
    const lines = answers.map((answer) => this.shown(answer, batch.packets));
    return [...lines, await this.playText(batch.text)].join("\n");
  }

  /** Everything up to the answer to the fence, or to the end of the connection. */
  private async answersOf(conversation: Conversation, isLast: boolean): Promise<Uint8Array> {
    const deadline = performance.now() + REPLY_TIMEOUT_MS;
    const fence = latin1("\x81\x0a\0\0\0\0\0\0\0\0\0\0\xff\xff\xff\xf0\0\0\0\0\0\0\0\0");
    for (;;) {
      const bytes = conversation.received().subarray(this.seen);
      const isFenced = fromLatin1(bytes.subarray(-fence.length)) === fromLatin1(fence);
      if (!isLast && isFenced) {
        this.seen += bytes.length;
        return bytes;
      }
      if (conversation.closed && isLast) {
        this.binary = null;
        conversation.hangUp();
        return bytes;
      }
      const left = deadline - performance.now();
      if (left > 0 && !conversation.closed && (await conversation.more(left))) continue;
      if (conversation.closed && isLast) continue;
      throw new Error(`${conversation.closed ? "closed" : "stuck"} after ${bytes.length} bytes`);
    }
  }

  private shown(answer: Answer, packets: readonly PacketPlan[]): string {
    const { opcode, status, opaque, cas, extras, key, value } = answer;
    const of = packets[opaque]?.fields["key"];
    if (cas !== 0n && of !== undefined) this.uniques.set(of, String(cas));
    const order = cas === 0n ? 0 : (this.order.get(String(cas)) ?? this.order.size + 1);
    if (cas !== 0n) this.order.set(String(cas), order);
    const text = /^1\.6\.\d+$/.test(value) ? "version" : value;
    return JSON.stringify([opcode, status, opaque, order, extras, key, text.slice(0, 2000)]);
  }

  private async playText(text: string): Promise<string> {
    const before = this.text.received().length;
    const fence = /^VERSION [^\n]*\n$/m;
    await this.text.send(latin1(`${text}version\r\n`));
    const deadline = performance.now() + REPLY_TIMEOUT_MS;
    for (;;) {
      const reply = fromLatin1(this.text.received().subarray(before));
      if (fence.test(reply)) return reply.replace(fence, "");
      const left = deadline - performance.now();
      if (left <= 0 || !(await this.text.more(left))) throw new Error(`text stuck: ${reply}`);
    }
  }

  end(): void {
    this.binary?.hangUp();
    this.text.hangUp();
  }
}

function open(subject: Subject): Promise<Server> {
  return subject.open(optionsOf("data", subject.native));
}

/** Plays until the time is up; the number of packets. Throws at the first difference. */
async function compare(a: Subject, b: Subject, seed: number): Promise<number> {
  const random = new Random(seed);
  const servers = [await open(a), await open(b)] as const;
  const sides = [await BinarySide.open(servers[0]), await BinarySide.open(servers[1])] as const;
  const until = performance.now() + SECONDS * 1000;
  let packets = 0;
  try {
    while (performance.now() < until) {
      const batch = batchOf(random);
      const [left, right] = await Promise.all([sides[0].play(batch), sides[1].play(batch)]);
      if (left !== right) throw new Error(difference(seed, batch, left, right));
      packets += batch.packets.length;
    }
  } catch (error) {
    throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
  } finally {
    for (const side of sides) side.end();
    for (const server of servers) await server.stop();
  }
  return packets;
}

function difference(seed: number, batch: Batch, left: string, right: string): string {
  const [a, b] = [left.split("\n"), right.split("\n")];
  const at = a.findIndex((line, index) => line !== b[index]);
  const sent = batch.packets.map((plan, index) => `${index} ${JSON.stringify(plan)}`.slice(0, 200));
  return `seed ${seed}, answer ${at}\n- ${a[at]}\n+ ${b[at]}\nsent:\n${sent.join("\n")}`;
}

const native = nativeSubject();
const own = ownSubject();

describe("differential fuzzing of packets", () => {
  if (native === null) test.skip(skipped("with native memcached", NO_NATIVE), () => {});
  else {
    const subject = native;
    test(
      "ours against native",
      async () => expect(await compare(subject, own, freshSeed())).toBeGreaterThan(1000),
      TIMEOUT_MS,
    );
  }

  test(
    "ours against ours",
    async () => expect(await compare(own, own, freshSeed())).toBeGreaterThan(1000),
    TIMEOUT_MS,
  );
});
