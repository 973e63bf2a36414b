/**
 * Goal: where slab pages may not move (`-o no_slab_reassign`) none is ever on its way, whatever the
 * automover was told: nobody would carry such a move on.
 * Method: a server in process in which one class evicts while another has pages to spare.
 */
import { describe, expect, test } from "bun:test";
import { ClassCounter, Gauge } from "../../assembly/shared/counters.ts";
import { LocalServer } from "../support/in-process.ts";
import { latin1 } from "../support/bytes.ts";

/** Fills the memory with small values, and stores larger ones until some are evicted. */
function evict(server: LocalServer): void {
  const { core } = server.context;
  const { connection } = server.open();
  const store = (key: string, length: number): void => {
    const value = "v".repeat(length);
    connection.receive(latin1(`set ${key} 0 0 ${length} noreply\r\n${value}\r\n`));
    server.settle();
  };
  const evicted = (): number => core.classCounterSum(ClassCounter.EVICTED);
  for (let i = 0; evicted() === 0; i++) store(`small${i}`, 2000);
  for (let i = 0, before = evicted(); evicted() < before + 10; i++) store(`large${i}`, 9000);
}

async function ask(server: LocalServer, line: string): Promise<string> {
  const client = await server.connect();
  client.send(latin1(`${line}\r\n`));
  return Buffer.from(client.received()).toString("latin1").trim();
}

function isMoving({ context }: LocalServer): number {
  return context.core.gauge(Gauge.IS_MOVING);
}

describe.each([1, 2])("with %i memories", (memories) => {
  const start = (options: string): LocalServer =>
    new LocalServer(["-m", "8", "-o", options], "core.server", memories);

  test("an eviction begins no move, at level 2 from the start", () => {
    const server = start("no_slab_reassign,slab_automove=2");
    evict(server);
    expect(isMoving(server)).toBe(0);
  });

  test("nor at level 2 by command", async () => {
    const server = start("no_slab_reassign");
    expect(await ask(server, "slabs automove 2")).toBe("OK");
    evict(server);
    expect(isMoving(server)).toBe(0);
  });

  test("where they may move it does", () => {
    const server = start("slab_automove=2");
    evict(server);
    expect(isMoving(server)).toBe(1);
  });
});
