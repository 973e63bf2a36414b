/**
 * Workload: registers, each written by one connection and read by all.
 *
 *     states    0     1     2     3     4     5        index = number of the write
 *               ──────────────▲───────────▲─────
 *                             acknowledged last write sent
 *
 * Since the owner's writes are executed in order, a reader sees one of the states from the last
 * that was acknowledged before he asked, up to the last that was sent when his answer came: an
 * older one would be a stale value, anything else a torn or foreign one. In a lossy world he may
 * see nothing as well, but never a state from before a flush that was acknowledged.
 */
import type { Batch, StoreVerb } from "./batch.ts";
import type { Hit } from "./reply-reader.ts";
import type { LoadClient } from "./load-client.ts";
import type { Random } from "../support/random.ts";
import { Violation, unexpected } from "./violation.ts";
import {
  FAR_SECONDS,
  NO_MEMORY,
  type Workload,
  type World,
  exchangeOnce,
  expectEnd,
  runsOf,
} from "./workload.ts";
import { markedValue } from "./marked-value.ts";

/** No value. */
const ABSENT = 0;

const READS_MAX = 30;

interface Register {
  readonly key: string;
  readonly owner: number;
  /** Fingerprint of the value after each write, or ABSENT. */
  readonly states: number[];
  /** Number of the last write that was acknowledged. */
  acknowledged: number;
  /** A lossy world's flush: states up to and with this one were flushed. */
  flushed: number;
}

export class Registers implements Workload {
  readonly #world: World;
  readonly #registers: readonly Register[];
  readonly #lengthOf: (random: Random) => number;

  /** @param lengthOf lengths of values */
  constructor(world: World, count: number, lengthOf: (random: Random) => number) {
    this.#world = world;
    this.#lengthOf = lengthOf;
    this.#registers = Array.from({ length: count }, (_, i) => ({
      key: `register:${i}${"-".repeat((i * 37) % 200)}`,
      owner: i % world.writers,
      states: [ABSENT],
      acknowledged: 0,
      flushed: -1,
    }));
  }

  *keys(): Iterable<string> {
    for (const { key } of this.#registers) yield key;
  }

  add(batch: Batch, random: Random, writer: number): void {
    const own = this.#registers.filter(({ owner }) => owner === writer);
    for (let left = random.below(5); left > 0 && own.length > 0; left--) {
      this.#write(batch, random, random.pick(own));
    }
    const count = 1 + random.below(random.oneIn(4) ? READS_MAX : 3);
    const picked = Array.from({ length: count }, () => random.pick(this.#registers));
    this.#read(batch, random.oneIn(4) ? "gets" : "get", [...new Set(picked)], writer);
  }

  // ── Writing ────────────────────────────────────────────────────────────────────────────────────

  #write(batch: Batch, random: Random, register: Register): void {
    const kind = random.weighted([
      ["set", 10],
      ["replace", 3],
      ["add", 2],
      ["delete", 2],
      ["expired", 1],
      ["touch", 2],
    ] as const);
    if (kind === "delete") this.#remove(batch, register);
    else if (kind === "touch") this.#touch(batch, random, register);
    else if (kind === "expired") this.#store(batch, random, register, "set", -1);
    else this.#store(batch, random, register, kind, this.#exptime(random));
  }

  #exptime(random: Random): number {
    return random.pick(this.#world.isExact ? [0, 0, 0, FAR_SECONDS] : [0, 0, 0, 1, 2, 100_000]);
  }

  #store(batch: Batch, random: Random, register: Register, verb: StoreVerb, exptime: number): void {
    const { key, owner, states } = register;
    const index = states.length;
    const value = markedValue(key, owner, index, this.#lengthOf(random), random.oneIn(2));
    const before = states[index - 1] as number;
    const after = exptime < 0 ? ABSENT : value.fingerprint;
    const happens = verb === "set" || (verb === "add") === (before === ABSENT);
    states.push(happens || !this.#world.isExact ? after : before);
    const isSilent = verb === "set" && this.#world.isExact && random.oneIn(4);
    const take = (line: string): void => {
      this.#stored(register, index, verb, line, happens);
    };
    const { bytes, flags } = value;
    batch.store(verb, key, bytes, { flags, exptime }, isSilent ? null : take);
    if (isSilent) batch.line("version", () => (register.acknowledged = index));
  }

  #stored(
    register: Register,
    index: number,
    verb: StoreVerb,
    line: string,
    happens: boolean,
  ): void {
    const { key, states } = register;
    register.acknowledged = index;
    const command = `${verb} ${key}`;
    if (this.#world.isExact) {
      const right = happens ? "STORED" : "NOT_STORED";
      if (line !== right) throw unexpected(command, right, line);
    } else if (line === "NOT_STORED" && verb !== "set") {
      states[index] = verb === "add" ? (states[index - 1] as number) : ABSENT;
    } else if (NO_MEMORY.test(line)) {
      // A set that is refused at once drops what was there; when the value was on its way it stays.
      const isDropped = verb === "set" && !line.endsWith("during read");
      states[index] = isDropped ? ABSENT : (states[index - 1] as number);
    } else if (line !== "STORED") {
      throw unexpected(command, "STORED", line);
    }
  }

  #remove(batch: Batch, register: Register): void {
    const { key } = register;
    const index = this.#pushAbsent(register);
    batch.remove(key, (line) => {
      this.#vanished(register, index, `delete ${key}`, line, "DELETED");
    });
  }

  /** The owner's touch: with an expiry that has passed it is as good as a delete. */
  #touch(batch: Batch, random: Random, register: Register): void {
    const { key, states } = register;
    if (random.oneIn(3)) {
      const index = this.#pushAbsent(register);
      batch.touch(key, -1, (line) => {
        this.#vanished(register, index, `touch ${key} -1`, line, "TOUCHED");
      });
      return;
    }
    const isThere = states.at(-1) !== ABSENT;
    batch.touch(key, this.#exptime(random), (line) => {
      const right = isThere ? "TOUCHED" : "NOT_FOUND";
      const isWrong = this.#world.isExact ? line !== right : !/^(TOUCHED|NOT_FOUND)$/.test(line);
      if (isWrong) throw unexpected(`touch ${key}`, right, line);
    });
  }

  /** Returns the number of the write. */
  #pushAbsent({ states }: Register): number {
    states.push(ABSENT);
    return states.length - 1;
  }

  #vanished(register: Register, index: number, command: string, line: string, hit: string): void {
    register.acknowledged = index;
    const wasThere = register.states[index - 1] !== ABSENT;
    const right = wasThere ? hit : "NOT_FOUND";
    const isRight = this.#world.isExact ? line === right : line === hit || line === "NOT_FOUND";
    if (!isRight) throw unexpected(command, right, line);
  }

  // ── Reading ────────────────────────────────────────────────────────────────────────────────────

  #read(batch: Batch, how: string, registers: readonly Register[], reader: number | null): void {
    const floors = registers.map((register) => this.#floor(register, reader));
    const found = new Map<string, Hit & { fingerprint: number }>();
    const hit = (one: Hit): void => {
      found.set(one.key, {
        ...one,
        value: Buffer.alloc(0),
        fingerprint: this.#world.verifyHit(one),
      });
    };
    const keys = registers.map(({ key }) => key);
    batch.fetch(how, keys, hit, (line) => {
      expectEnd(line);
      for (const [i, register] of registers.entries()) {
        const state = found.get(register.key)?.fingerprint ?? ABSENT;
        found.delete(register.key);
        this.#check(register, state, floors[i] as number, reader);
      }
      for (const key of found.keys()) throw new Violation("a key nobody asked for", { key });
    });
  }

  /** The oldest state that may be seen by a question that is sent now. */
  #floor({ states, owner, acknowledged, flushed }: Register, reader: number | null): number {
    // The owner's own questions come behind all of his writes.
    if (reader === owner || reader === null) return states.length - 1;
    return Math.max(acknowledged, flushed + 1);
  }

  #check(register: Register, state: number, floor: number, reader: number | null): void {
    const { key, states, owner } = register;
    if (state === ABSENT && !this.#world.isExact) return;
    if (states.includes(state, floor)) return;
    const older = states.lastIndexOf(state);
    throw new Violation(state === ABSENT ? "a value is gone" : "a value that is not current", {
      key,
      owner,
      "read by": reader ?? "the final check",
      "states allowed": `${floor} … ${states.length - 1} of those written`,
      got: state === ABSENT ? "nothing" : `state ${older} (-1 = never written)`,
      "last states": states.slice(-8).join(" "),
    });
  }

  // ── Flushing, in a lossy world ─────────────────────────────────────────────────────────────────

  /** To be called before a flush_all is sent; the result when it was acknowledged. */
  beginFlush(): () => void {
    const marks = this.#registers.map(({ acknowledged }) => acknowledged);
    return () => {
      for (const [i, register] of this.#registers.entries()) {
        register.flushed = Math.max(register.flushed, marks[i] as number);
      }
    };
  }

  async verify(client: LoadClient): Promise<number> {
    await exchangeOnce(client, (batch) => {
      for (const run of runsOf(this.#registers, 20)) this.#read(batch, "get", run, null);
    });
    return this.#registers.filter(({ states }) => states.at(-1) !== ABSENT).length;
  }
}
