/**
 * The words of `slab_reassign_last_busy_status`: what was last in the way of a page that moves.
 *
 * Goal: each word is told for what docs/protocol.md says that it means, and for nothing else, and
 * `none` comes back only with `stats reset`. Method: a page of eight chunks in a server in process,
 * the move of it one round at a time, and `stats` after each.
 */
import { FREE, HELD, itemLockOf, setLock } from "../support/core-locks.ts";
import { MoveBusy, MoveStatus } from "../../assembly/shared/status.ts";
import { expect, test } from "bun:test";
import type { Core } from "../../src/core/core.ts";
import { CoreDriver } from "../support/core-driver.ts";
import { Gauge } from "../../assembly/shared/counters.ts";
import { LocalServer } from "../support/in-process.ts";
import { fromLatin1, latin1 } from "../support/bytes.ts";

const LENGTH = 100_000;
const WHOLE_PAGE = 1024 * 1024;
const POOL = 0;
const OPTIONS = ["-o", "slab_sizes=130000,no_lru_maintainer,no_lru_crawler,slab_automove=0"];

/** Two pages of one class, the first of which has eight items: a to h. */
class Pages {
  readonly server: LocalServer;
  readonly core: Core;
  readonly #speaker: ReturnType<LocalServer["open"]>;

  constructor(...options: string[]) {
    this.server = new LocalServer([...OPTIONS, ...options], "core.debug");
    this.core = this.server.context.core.cores[0] as Core;
    this.#speaker = this.server.open();
    for (const key of "abcdefghijklmnop") this.say(`set ${key} 0 0 ${LENGTH}`, "v".repeat(LENGTH));
    for (const key of "bcdefgh") this.say(`delete ${key}`);
  }

  say(...lines: string[]): string {
    const { connection, transport } = this.#speaker;
    const before = transport.received().length;
    connection.receive(latin1(lines.map((line) => `${line}\r\n`).join("")));
    this.server.settle();
    return fromLatin1(transport.received().subarray(before));
  }

  /** Begins the move of the first page. */
  move(): void {
    expect(this.core.abi.startMove(1, POOL)).toBe(MoveStatus.OK);
  }

  /** Goes through the page once; the word afterwards. */
  round(): string | undefined {
    this.core.abi.moveChunks(WHOLE_PAGE);
    expect(this.core.abi.check()).toBe(0);
    return this.word();
  }

  word(): string | undefined {
    return /STAT slab_reassign_last_busy_status (\S+)/.exec(this.say("stats"))?.[1];
  }

  get isMoving(): boolean {
    return this.core.gauge(Gauge.IS_MOVING) !== 0;
  }

  /** A client that has asked for the key, and reads nothing yet; what lets it read on. */
  holdBack(key: string): () => void {
    const { connection, transport } = this.server.open();
    transport.room = 0;
    connection.receive(latin1(`get ${key}\r\n`));
    return () => {
      transport.room = Number.POSITIVE_INFINITY;
      connection.drained();
    };
  }
}

test("none: nothing was in the way", () => {
  const pages = new Pages();
  expect(pages.word()).toBe("none");
  pages.move();
  expect([pages.round(), pages.isMoving]).toEqual(["none", false]);
});

test("busy_active: an item that a client is sent", () => {
  const pages = new Pages();
  const readOn = pages.holdBack("a");
  pages.move();
  expect([pages.round(), pages.round()]).toEqual(["busy_active", "busy_active"]);
  readOn();
  // It is the last one, not the one of now.
  expect([pages.round(), pages.isMoving]).toEqual(["busy_active", false]);
  pages.say("stats reset");
  expect(pages.word()).toBe("none");
});

test("busy_active: an item for which there is no room elsewhere", () => {
  const pages = new Pages("-m", "2", "-M");
  for (const key of "bcdefgh") pages.say(`set ${key} 0 0 ${LENGTH}`, "v".repeat(LENGTH));
  pages.move();
  expect([pages.round(), pages.isMoving]).toEqual(["busy_active", true]);
});

test("busy_floating, then busy_uploading: an item that ended while a client is sent it", () => {
  const pages = new Pages();
  const readOn = pages.holdBack("a");
  pages.say("touch a -1");
  pages.move();
  expect([pages.round(), pages.round()]).toEqual(["busy_floating", "busy_uploading"]);
  readOn();
  pages.round();
  expect(pages.isMoving).toBe(false);
});

test("busy_uploading: a value that is on its way", () => {
  const pages = new Pages();
  const { connection } = pages.server.open();
  connection.receive(latin1(`set b 0 0 ${LENGTH}\r\nv`));
  pages.move();
  expect([pages.round(), pages.round()]).toEqual(["busy_uploading", "busy_uploading"]);
  connection.receive(latin1(`${"v".repeat(LENGTH - 1)}\r\n`));
  pages.round();
  expect([pages.isMoving, pages.say("get b").length]).toEqual([false, LENGTH + 25]);
});

test("busy_uploading: an item that was deleted while a client is sent it", () => {
  const pages = new Pages();
  pages.holdBack("a");
  pages.say("delete a");
  pages.move();
  expect([pages.round(), pages.isMoving]).toEqual(["busy_uploading", true]);
});

test("locked: an item that another thread is at", () => {
  const pages = new Pages();
  const lock = itemLockOf(pages.core, "a");
  pages.move();
  setLock(pages.core, lock, HELD);
  pages.core.abi.moveChunks(WHOLE_PAGE);
  setLock(pages.core, lock, FREE);
  expect([pages.word(), pages.isMoving]).toEqual(["locked", true]);
  expect([pages.round(), pages.isMoving]).toEqual(["locked", false]);
});

test("busy_floating: a chunk that another thread keeps as its spare", () => {
  const shape = { memoryMiB: 4, slabSizes: [16_384] };
  const [mover, keeper] = CoreDriver.threads(shape, "core.debug", 2) as [CoreDriver, CoreDriver];
  for (let index = 0; index < 65; index++) expect(mover.set(`key${index}`, 15_000)).toBe(0);
  keeper.remove("key0");
  expect(mover.core.abi.startMove(1, POOL)).toBe(MoveStatus.OK);
  mover.core.abi.moveChunks(WHOLE_PAGE);
  expect(mover.core.gauge(Gauge.MOVE_BUSY)).toBe(MoveBusy.FLOATING);
  // It is given back with the next one that the thread frees.
  keeper.remove("key64");
  mover.core.abi.moveChunks(WHOLE_PAGE);
  expect([mover.core.gauge(Gauge.IS_MOVING), mover.check()]).toEqual([0, 0]);
});
