/**
 * A binary side: one of two servers, fed with batches of packets over a connection that is renewed
 * when a batch ends it.
 *
 * After each batch a fence, a Noop with an opaque of its own, proves that everything before it was
 * answered. Answers become lines that can be compared: uniques by the order in which they appeared.
 */
import { type Answer, decodeAnswers, request } from "../support/binary-packets.ts";
import { fromLatin1, joined, latin1 } from "../support/bytes.ts";
import type { Random } from "../support/random.ts";
import type { Conversation, Server } from "../support/subject.ts";
import { type PacketPlan, fatal, sound, spelt } from "./binary-plan.ts";
import { allowedPacket } from "./declared-packets.ts";
import type { Profile } from "./declaration.ts";

const REPLY_TIMEOUT_MS = 10_000;
const FENCE = 0xfffffff0;
const NO_UNIQUE = "99999999999";

export interface PacketBatch {
  readonly packets: readonly PacketPlan[];
  /** The last packet ends the connection. */
  readonly isLast: boolean;
  readonly cut: number;
}

/**
 * memcached holds an item until the answer with its value has left, and a number that is held is
 * not overwritten in place: how long it then is depends on when answers left. Noop lets them leave.
 */
function fenced(packet: PacketPlan): PacketPlan[] {
  return /crement/.test(packet.name) ? [{ name: "Noop", fields: {} }, packet] : [packet];
}

export function packetBatch(random: Random, profile: Profile): PacketBatch {
  const packets = Array.from({ length: 1 + random.below(40) }, () => sound(random))
    .filter((packet) => allowedPacket(packet, profile))
    .flatMap(fenced);
  const isLast = random.oneIn(6);
  // What is queued when a first byte is wrong is lost with memcached, unless it has left.
  if (isLast) packets.push({ name: "Noop", fields: {} }, fatal(random));
  return { packets, isLast, cut: random.below(3) };
}

/** What one server has shown of CAS uniques, whichever connection showed it. */
export interface Uniques {
  /** By key, the one shown last. */
  readonly shown: Map<string, string>;
  /** The order of first appearance, which two servers have in common. */
  readonly order: Map<string, number>;
}

export class BinarySide {
  private binary: Conversation | null = null;
  private seen = 0;

  constructor(
    private readonly server: Server,
    private readonly uniques: Uniques,
  ) {}

  /** Sends a batch; returns its answers as lines that can be compared. */
  async play(batch: PacketBatch): Promise<string> {
    if (this.binary === null) {
      this.binary = await this.server.connect();
      this.seen = 0;
    }
    const parts = batch.packets.map((plan, index) => {
      return spelt(plan, index, this.uniques.shown.get(plan.fields["key"] ?? "") ?? NO_UNIQUE);
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
    return lines.join("\n");
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
    if (cas !== 0n && of !== undefined) this.uniques.shown.set(of, String(cas));
    const { order } = this.uniques;
    const ordinal = cas === 0n ? "none" : (order.get(String(cas)) ?? order.size);
    if (cas !== 0n) order.set(String(cas), Number(ordinal));
    const text = /^1\.6\.\d+$/.test(value) ? "version" : value;
    return JSON.stringify([opcode, status, opaque, ordinal, extras, key, text.slice(0, 2000)]);
  }

  end(): void {
    this.binary?.hangUp();
  }
}
