/**
 * An item that is held as often as its count of references goes: 60,000 times.
 *
 * Goal: whoever would hold it once more is told so by mg, and misses it by every other command that
 * fetches; what changes or removes it goes on. One reference less, and all is as before.
 * Method: holds taken through the core, up to the limit itself and to one before it.
 */
import { decodeAnswers, request } from "../support/binary-packets.ts";
import { describe, expect, test } from "bun:test";
import { LocalServer } from "../support/in-process.ts";
import { fromLatin1, latin1 } from "../support/bytes.ts";

/** References that others may have, beside the store's own. */
const HOLDS_MAX = 59_999;

const OVERFLOW = "SERVER_ERROR refcount overflow during fetch\r\n";

/** Longer than what is copied, so that a reply holds the item. */
const LENGTH = 40_000;
const LONG = "v".repeat(LENGTH);

class Overheld {
  readonly #server = new LocalServer([]);
  readonly #itemPtr: number;

  constructor(value: string) {
    this.say(`set a 7 0 ${value.length}\r\n${value}\r\n`);
    const { abi, inbox, inboxPtr } = this.#server.context.core;
    inbox[0] = 0x61;
    this.#itemPtr = abi.hold(inboxPtr, 1);
    for (let i = 1; i < HOLDS_MAX; i++) abi.hold(inboxPtr, 1);
    expect(abi.hold(inboxPtr, 1)).toBe(0);
  }

  release(): void {
    this.#server.context.core.abi.release(this.#itemPtr);
  }

  bytes(text: string): Uint8Array {
    const { connection, transport } = this.#server.open();
    connection.receive(latin1(text));
    this.#server.settle();
    const reply = transport.received();
    connection.gone();
    return reply;
  }

  say(text: string): string {
    return fromLatin1(this.bytes(text)).replace(/v{1000,}/, "V");
  }
}

/** What is said, at the limit, and one below it. */
const FETCHES: readonly (readonly [say: string, atLimit: string, below: string])[] = [
  ["mg a\r\n", OVERFLOW, "HD\r\n"],
  ["mg a s v\r\n", OVERFLOW, `VA ${LENGTH} s${LENGTH}\r\nV\r\n`],
  ["mg a q\r\nmn\r\n", `${OVERFLOW}MN\r\n`, "HD\r\nMN\r\n"],
  ["mg a k O12 N30\r\n", OVERFLOW, "HD ka O12\r\n"],
  ["mg a T0 f\r\n", OVERFLOW, "HD f7\r\n"],
  ["mg YQ== b k\r\n", OVERFLOW, "HD ka\r\n"],
  // A run of plain lines, answered at once.
  [
    "mg x v\r\nmg a k\r\nmg x\r\nmn\r\n",
    `EN\r\n${OVERFLOW}EN\r\nMN\r\n`,
    "EN\r\nHD ka\r\nEN\r\nMN\r\n",
  ],
  ["get a\r\n", "END\r\n", `VALUE a 7 ${LENGTH}\r\nV\r\nEND\r\n`],
  ["gets x a\r\n", "END\r\n", `VALUE a 7 ${LENGTH} 1\r\nV\r\nEND\r\n`],
  ["gat 0 a\r\n", "END\r\n", `VALUE a 7 ${LENGTH}\r\nV\r\nEND\r\n`],
];

describe("an item that is held too often", () => {
  test.each(FETCHES)("%j", (say, atLimit, below) => {
    const store = new Overheld(LONG);
    expect(store.say(say)).toBe(atLimit);
    store.release();
    expect(store.say(say).replace(/(7 \d+) \d+\r/, "$1 1\r")).toBe(below);
  });

  test("me has nothing to tell", () => {
    const store = new Overheld(LONG);
    expect(store.say("me a\r\n")).toBe("EN\r\n");
    store.release();
    expect(store.say("me a\r\n")).toStartWith("ME a exp=-1 ");
  });

  test("in binary it is a miss", () => {
    const packets = [
      request("Get", { key: "a" }),
      request("GetQ", { key: "a" }),
      request("GetK", { key: "a" }),
      request("GAT", { key: "a" }),
      request("Noop"),
    ].join("");
    const store = new Overheld(LONG);
    const [get, getK, gat, noop, ...more] = decodeAnswers(store.bytes(packets));
    expect([get?.status, getK?.status, gat?.status, noop?.opcode]).toEqual([1, 1, 1, 10]);
    expect(more).toEqual([]);
    store.release();
    const [hit] = decodeAnswers(store.bytes(packets));
    expect([hit?.status, hit?.value.length]).toEqual([0, LENGTH]);
  });

  test.each([
    ["touch a 0\r\n", "TOUCHED\r\n"],
    ["incr a 1\r\n", "6\r\n"],
    ["ma a v\r\n", "VA 1\r\n6\r\n"],
    ["append a 0 0 1\r\n0\r\n", "STORED\r\n"],
    ["set a 0 0 1\r\nx\r\n", "STORED\r\n"],
    ["ms a 1\r\nx\r\n", "HD\r\n"],
    ["delete a\r\n", "DELETED\r\n"],
    ["md a\r\n", "HD\r\n"],
  ])("%j goes on", (say, expected) => {
    expect(new Overheld("5").say(say)).toBe(expected);
  });

  test("what took its place can be fetched", () => {
    const store = new Overheld("5");
    expect(store.say("mg a v\r\n")).toBe(OVERFLOW);
    expect(store.say("append a 0 0 1\r\n0\r\nmg a v\r\n")).toBe("STORED\r\nVA 2\r\n50\r\n");
  });
});
