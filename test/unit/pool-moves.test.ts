/**
 * Goal: what a class has no use for any more goes to the pool page by page, without a pause of a
 * second between two (specification §8.11).
 * Method: a server in process whose memory was full of small values, all of which are deleted.
 */
import { ClassGauge, Gauge } from "../../assembly/shared/counters.ts";
import { expect, test } from "bun:test";
import { LocalServer } from "../support/in-process.ts";
import { latin1 } from "../support/bytes.ts";

const VALUE = "v".repeat(2000);
const WINDOW = 3;

test("pages that nobody needs go to the pool one after the other", async () => {
  const server = new LocalServer(["-m", "16"]);
  const { core } = server.context;
  const { connection } = server.open();
  const send = (line: string): void => {
    connection.receive(latin1(line));
    server.settle();
  };
  send(`slabs automove window ${WINDOW}\r\n`);
  const isFull = (): boolean => core.gauge(Gauge.PAGES_TAKEN) >= core.gauge(Gauge.PAGES_LIMIT);
  let count = 0;
  for (; !isFull(); count++) send(`set key${count} 0 0 2000 noreply\r\n${VALUE}\r\n`);
  for (let i = 0; i < count; i++) send(`delete key${i} noreply\r\n`);
  await server.advance(WINDOW + 3);
  expect(core.gauge(Gauge.PAGES_POOLED)).toBeGreaterThan(10);
  const pages = Array.from({ length: core.classIdMax }, (_, i) =>
    core.classGauge(i + 1, ClassGauge.PAGES),
  );
  // Those of two and a half pages are kept.
  expect(Math.max(...pages)).toBe(2);
});
