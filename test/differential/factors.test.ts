/**
 * Goal: `lru tune` takes the factors that native memcached takes, and `stats settings` shows them
 * alike, whatever C's strtod makes of a text.
 * Method: texts that are known to be odd and random ones, the same for both servers. A nan's sign
 * is no part of it: JavaScript does not keep it.
 */
import { expect } from "bun:test";
import { LiveServer } from "../support/live-server.ts";
import { Random, freshSeed } from "../support/random.ts";
import type { TextClient } from "../support/text-client.ts";
import { testWith } from "../support/peers.ts";

const ODD = `inf -inf INF Infinity infinit nan NaN nan(1) nan() nan( 0x10 0X1P4 0x1.8p-1
  0x 0xg 0x.8 0x.p1 0x1p 0x1p+ 1e 1e+ 1e+2 .5 5. . + - +1 -1 --1 1e999 1e308 1e-320
  1e-400 0x1p1024 0x1p-1080 0 -0 0x0 0.125 0.375 0.005 1e21 123456789e20 1.2.3 1,5 00012
  1_000 1f 1d`.split(/\s+/);
const RANDOM_TEXTS = 400;
const LENGTH_MAX = 12;
const PARTS = [..."01234567890128.-+exXpPaF_()", ".5", "1e", "0x", "p-", "inf", "nan", "(1)"];

function randomText(random: Random): string {
  let text = random.pick(PARTS);
  for (let left = random.below(6); left > 0; left--) text += random.pick(PARTS);
  return text.slice(0, LENGTH_MAX);
}

/** What the server answers, and what its factor is then. */
async function answer(client: TextClient, text: string): Promise<string> {
  const told = await client.ask(`lru tune 10 20 ${text} 1`);
  const lines = await client.askAll("stats settings");
  const shown = lines.find((line) => line.startsWith("STAT hot_max_factor ")) ?? "";
  return `${text}: ${told}, ${shown.replace("-nan", "nan")}`;
}

testWith(
  "memcached",
  "factors of lru tune",
  async () => {
    const seed = freshSeed();
    const random = new Random(seed);
    const texts = [...ODD, ...Array.from({ length: RANDOM_TEXTS }, () => randomText(random))];
    await using native = await LiveServer.start([], { program: "memcached" });
    await using own = await LiveServer.start();
    const [theirs, ours] = [await native.connect(), await own.connect()];
    const taken = new Set<string>();
    for (const text of texts) {
      const expected = await answer(theirs, text);
      expect(`seed ${seed}, ${await answer(ours, text)}`).toBe(`seed ${seed}, ${expected}`);
      taken.add(expected.replace(/^.*: (\w+)\b.*$/, "$1"));
    }
    expect(taken).toEqual(new Set(["OK", "ERROR"]));
  },
  60_000,
);
