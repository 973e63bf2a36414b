/**
 * The canary: a fuzzer whose subject is wrong, so it has to fail.
 *
 * Goal: a fuzzer that could never fail would look just like one that finds nothing. Method: the
 * store fuzzer's world, in which one stored byte is changed behind the core's back.
 */
import type { Random } from "../support/random.ts";
import { PLENTIFUL_SHAPES } from "../property/store-shapes.ts";
import { StoreWorld } from "../property/store-world.ts";
import { Fetch, StoreMode } from "../../assembly/shared/status.ts";

export function fuzzCanary(random: Random, events: number): void {
  const world = new StoreWorld(PLENTIFUL_SHAPES.defaults);
  const mode = StoreMode.SET;
  for (let event = 0; event < events; event++) {
    const key = random.below(20);
    const content = { length: 20 };
    world.run({ kind: "store", mode, key, content, clientFlags: 0, expiry: 0, guess: "zero" });
    world.run({ kind: "fetch", key, options: Fetch.PIN, expiry: 0 });
  }
  const pin = random.pick(world.pins);
  world.driver.core.bytes[pin.valuePtr + random.below(pin.value.length)] ^= 1 + random.below(255);
  world.run({ kind: "sweep" });
}
