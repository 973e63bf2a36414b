/**
 * Goal: packets of the binary protocol, classic lines and meta lines mean the same to this server
 * and to a native memcached when they meet on the same items.
 * Method: one random stream to both, over a binary and a text connection in turn; uniques that one
 * of them shows are used by the other. Answers are compared whole, uniques by the order in which
 * they appeared; nothing may differ but what is declared.
 */

import { describe, expect, test } from "bun:test";
import { Random, freshSeed } from "../support/random.ts";
import type { Server, Subject } from "../support/subject.ts";
import { NO_NATIVE, nativeSubject, ownSubject, skipped } from "../support/subjects.ts";
import { BinarySide, type PacketBatch, type Uniques, packetBatch } from "./binary-side.ts";
import { spelt } from "./command.ts";
import { reader } from "./comparison.ts";
import { type Profile, normaliser } from "./declared.ts";
import { optionsOf } from "./family.ts";
import { type Batch, plan } from "./plan.ts";
import { Side } from "./side.ts";

const SECONDS = 3;
const TIMEOUT_MS = 60_000;

/** A batch for one of the two connections. */
interface Turn {
  readonly packets: PacketBatch | null;
  readonly text: Batch | null;
}

function turnOf(random: Random, texts: Iterator<Batch, never>, profile: Profile): Turn {
  if (random.oneIn(2)) return { packets: packetBatch(random, profile), text: null };
  return { packets: null, text: texts.next().value };
}

function namesOf({ packets, text }: Turn): string[] {
  const lines = text?.commands.map(({ words }) => words[0] ?? "") ?? [];
  return [...lines, ...(packets?.packets.map(({ name }) => name) ?? [])];
}

/** One server: a binary connection and a text connection to the same items. */
class MixedSide {
  private readonly uniques: Uniques = { shown: new Map(), order: new Map() };
  private readonly binary: BinarySide;
  private readonly text: Side;
  private readonly read: (reply: string) => string;

  constructor(server: Server, profile: Profile) {
    this.binary = new BinarySide(server, this.uniques);
    this.text = new Side(server, this.uniques.shown);
    const read = reader(profile, this.uniques.order);
    const normalise = normaliser(profile);
    this.read = (reply) => normalise(read(reply));
  }

  async play({ packets, text }: Turn): Promise<string> {
    if (text !== null) {
      const reply = await this.text.play(text);
      if (reply.endsWith("<stuck>")) throw new Error(`stuck: ${reply.slice(-200)}`);
      return this.read(reply);
    }
    return packets === null ? "" : this.binary.play(packets);
  }

  end(): void {
    this.binary.end();
    this.text.end();
  }
}

function open(subject: Subject): Promise<Server> {
  return subject.open(optionsOf("data", subject.native));
}

/** Plays until the time is up; how often each name was sent. Throws at the first difference. */
async function compare(
  a: Subject,
  b: Subject,
  profile: Profile,
  seed = freshSeed(),
): Promise<ReadonlyMap<string, number>> {
  const random = new Random(seed);
  const servers = [await open(a), await open(b)] as const;
  const sides = [new MixedSide(servers[0], profile), new MixedSide(servers[1], profile)] as const;
  const texts = plan(random.bits(), profile, "data");
  const until = performance.now() + SECONDS * 1000;
  const counts = new Map<string, number>();
  try {
    while (performance.now() < until) {
      const turn = turnOf(random, texts, profile);
      const [left, right] = await Promise.all([sides[0].play(turn), sides[1].play(turn)]);
      if (left !== right) throw new Error(difference(seed, turn, left, right));
      for (const name of namesOf(turn)) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  } catch (error) {
    throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
  } finally {
    for (const side of sides) side.end();
    for (const server of servers) await server.stop();
  }
  return counts;
}

function difference(seed: number, turn: Turn, left: string, right: string): string {
  const [a, b] = [left.split("\n"), right.split("\n")];
  const at = a.findIndex((line, index) => line !== b[index]);
  const sent =
    turn.packets?.packets.map((plan, index) => `${index} ${JSON.stringify(plan)}`) ??
    turn.text?.commands.map((command) => JSON.stringify(spelt(command))) ??
    [];
  const lines = sent.map((line) => line.slice(0, 200)).join("\n");
  const near = [a, b].map((side) => side.slice(Math.max(0, at - 2), at + 2).join("\n"));
  return `seed ${seed}, answer ${at}\n- ${near[0]}\n+ ${near[1]}\nsent:\n${lines}`;
}

/** Every kind was among what was sent, and enough of it. */
function expectAll(counts: ReadonlyMap<string, number>): void {
  const names = [...counts.keys()].join(" ");
  for (const kind of [/\bm[gsda]\b/, /\b(?:[gs]et|incr|touch)\b/, /\b(?:[GS]et|GAT)K?Q?\b/]) {
    expect(names).toMatch(kind);
  }
  expect([...counts.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(1000);
}

const native = nativeSubject();
const own = ownSubject();

describe("differential fuzzing of packets, classic and meta lines", () => {
  if (native === null) test.skip(skipped("with native memcached", NO_NATIVE), () => {});
  else {
    const subject = native;
    test(
      "ours against native",
      async () => expectAll(await compare(subject, own, "older")),
      TIMEOUT_MS,
    );
  }

  test("ours against ours", async () => expectAll(await compare(own, own, "same")), TIMEOUT_MS);
});
