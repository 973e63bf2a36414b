/**
 * The connection table: what one thread writes about a connection, every thread reads; and no more
 * are admitted than there may be.
 *
 * Method: two views of one table, as two threads have them.
 */
import { beforeEach, describe, expect, test } from "bun:test";
import { ConnectionTable } from "../../src/base/connection-table.ts";

const DESCRIPTORS = 100;
const STATE = 3;
const NOW = 62;

let table: ConnectionTable;
let other: ConnectionTable;

beforeEach(() => {
  table = ConnectionTable.start(DESCRIPTORS);
  other = ConnectionTable.join(table.shared);
});

function open(id: number, on = table): number {
  return on.open(id, `tcp:127.0.0.1:${id}`, "tcp:0.0.0.0:11211", STATE, NOW);
}

function ids(): number[] {
  return [...other.entries()].map(({ id }) => id);
}

describe("a slot", () => {
  test("shows what was opened, in each thread", () => {
    open(7);
    const expected = {
      id: 7,
      state: STATE,
      lastCommandAt: NOW,
      address: "tcp:127.0.0.1:7",
      listenAddress: "tcp:0.0.0.0:11211",
    };
    expect(table.entry(7)).toEqual(expected);
    expect(other.entry(7)).toEqual(expected);
    expect([...other.entries()]).toEqual([expected]);
  });

  test("of a listener has no address of a listener", () => {
    table.open(5, "tcp:[::]:11211", null, 1, NOW);
    expect(other.entry(5)?.listenAddress).toBeNull();
  });

  test("follows its connection", () => {
    open(7);
    table.update(7, 0, 1000);
    expect(other.entry(7)).toMatchObject({ state: 0, lastCommandAt: 1000 });
    other.update(7, 9, 2000);
    expect(table.entry(7)).toMatchObject({ state: 9, lastCommandAt: 2000 });
  });

  test("is not there before it is opened, nor once it is closed", () => {
    expect(table.entry(7)).toBeNull();
    const ticket = open(7);
    other.close(7, ticket);
    expect(table.entry(7)).toBeNull();
    expect(ids()).toEqual([]);
  });

  test("may be used again, without anything of the last one", () => {
    table.close(7, table.open(7, "unix:/a/long/path/of/the/first", "unix:/long", STATE, 900));
    other.open(7, "tcp:b", null, 1, NOW);
    const expected = { id: 7, state: 1, lastCommandAt: NOW, address: "tcp:b", listenAddress: null };
    expect(table.entry(7)).toEqual(expected);
  });

  test("is not closed by the thread whose connection had the number before", () => {
    const ticketOfLast = open(7);
    const ticket = open(7, other);
    table.close(7, ticketOfLast);
    expect(other.entry(7)).not.toBeNull();
    other.close(7, ticket);
    expect(other.entry(7)).toBeNull();
  });
});

describe("a slot that moves", () => {
  test("is the same under the new number, and none under the old one", () => {
    table.open(5, "tcp:[::]:11211", null, 1, NOW);
    const entry = table.entry(5);
    other.move(5, 8);
    expect(ids()).toEqual([8]);
    expect(table.entry(8)).toEqual({ ...entry, id: 8 } as typeof entry);
  });

  test("takes the place of a connection that has ended", () => {
    table.close(8, open(8));
    table.open(5, "tcp:[::]:11211", null, 1, NOW);
    table.move(5, 8);
    expect(other.entry(8)).toMatchObject({ address: "tcp:[::]:11211", listenAddress: null });
    open(5);
    expect(ids()).toEqual([5, 8]);
  });
});

describe("texts", () => {
  const PATH = `unix:/${"p".repeat(101)}`;

  test("have room for the longest path of a Unix socket, side by side", () => {
    table.open(1, PATH, PATH, STATE, NOW);
    expect(other.entry(1)).toMatchObject({ address: PATH, listenAddress: PATH, state: STATE });
  });

  test("that are longer are cut, and spoil nothing beside them", () => {
    open(2);
    table.open(1, "a".repeat(500), "b".repeat(500), STATE, NOW);
    const entry = other.entry(1);
    expect(entry?.address).toMatch(/^a{107,}$/);
    expect(entry?.listenAddress).toMatch(/^b{107,}$/);
    expect(other.entry(2)).toMatchObject({ state: STATE, address: "tcp:127.0.0.1:2" });
  });

  test("may be of any characters", () => {
    table.open(1, "unix:/tmp/sökkel", "unix:/tmp/ソケット", STATE, NOW);
    const expected = { address: "unix:/tmp/sökkel", listenAddress: "unix:/tmp/ソケット" };
    expect(other.entry(1)).toMatchObject(expected);
  });
});

describe("numbers", () => {
  test("are listed in order, whoever opened them", () => {
    for (const id of [9, 3, 99, 0]) open(id, id === 3 ? other : table);
    expect(ids()).toEqual([0, 3, 9, 99]);
  });

  test("beyond the table do no harm, and are not shown", () => {
    open(99);
    for (const id of [DESCRIPTORS, DESCRIPTORS + 1, 1_000_000]) {
      const ticket = open(id);
      table.update(id, 1, 1);
      expect(table.entry(id)).toBeNull();
      table.close(id, ticket);
    }
    expect(ids()).toEqual([99]);
  });

  test("are counted once each", () => {
    expect(table.seenCount).toBe(0);
    table.close(3, open(3));
    open(4);
    open(3, other);
    expect([table.seenCount, other.seenCount]).toEqual([2, 2]);
  });
});

describe("admission", () => {
  test("is up to the limit, all threads together", () => {
    const views = [table, other, table, other];
    expect(views.map((view) => view.admit(3))).toEqual([true, true, true, false]);
    // A refusal takes no place.
    expect([table.admit(3), table.admit(4), table.admit(4)]).toEqual([false, true, false]);
  });

  test("comes back when one ends", () => {
    expect([table.admit(1), other.admit(1)]).toEqual([true, false]);
    table.discharge();
    expect([other.admit(1), table.admit(1)]).toEqual([true, false]);
  });
});
