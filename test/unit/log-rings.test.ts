/**
 * The log rings of the core and their reading end, without a server.
 *
 * Goal: records of all threads come out once each, in the order of their numbers, however the rings
 * wrap around; what finds a ring full is counted and harms nothing; nothing is written unless it is
 * wanted; the rest of the store does not see any of it. Method: rings of the smallest size, driven
 * through the exports of every build; a random sequence against a plain model.
 */
import { describe, expect, test } from "bun:test";
import { Counter } from "../../assembly/shared/counters.ts";
import { LOG_TEXT_MAX, LogArea, LogKind } from "../../assembly/shared/log.ts";
import { Core } from "../../src/core/core.ts";
import type { CoreBuild } from "../../src/core/load.ts";
import { LineWriter } from "../../src/core/line-writer.ts";
import type { LogRecord } from "../../src/core/log-line.ts";
import { LogRings } from "../../src/core/log-rings.ts";
import { Random } from "../support/random.ts";
import { defaultSettings } from "../../src/base/settings.ts";

const MEBIBYTE = 1024 * 1024;
const TIME = 1_700_000_000_000_042;

const ALL = 63;

function start(build: CoreBuild, threads: number, kib = 1): readonly Core[] {
  const settings = {
    ...defaultSettings(),
    hashPower: 12,
    memoryLimit: 8 * MEBIBYTE,
    workerLogBufferSize: kib * 1024,
  };
  const first = Core.start(settings, build, threads, false);
  first.abi.setNow(100);
  const others = Array.from({ length: threads - 1 }, (_, i) => Core.join(first.share, i + 1));
  const cores = [first, ...others];
  for (const core of cores) core.events.clock = () => TIME;
  return cores;
}

function linesOf(rings: LogRings, limit = Number.MAX_SAFE_INTEGER): string[] {
  const lines: string[] = [];
  const out = new LineWriter(2048);
  rings.drain(limit, (record: LogRecord) => {
    out.clear();
    record.writeLine(out);
    lines.push(Buffer.from(out.bytes.subarray(0, out.length)).toString("latin1"));
  });
  return lines;
}

function text(n: number): string {
  return String(n).padEnd(n % (LOG_TEXT_MAX - 10), ".");
}

const line = (gid: number, event: string): string => `ts=1700000000.42 gid=${gid} ${event}\n`;

describe.each([
  ["core.server", 1],
  ["core.threads", 3],
  ["core.debug", 3],
] as const)("%s", (build, threads) => {
  test("nothing is recorded that is not wanted", () => {
    const cores = start(build, threads);
    const [first] = cores as [Core];
    const rings = new LogRings(first);
    for (const core of cores) core.events.system("unheard");
    rings.want(LogKind.CONNECTIONS);
    for (const core of cores) core.events.system("unheard");
    first.events.connectionOpened(7, "tcp6:[::1]:4711");
    rings.want(0);
    first.events.connectionClosed(7, "tcp6:[::1]:4711", 1);
    expect(linesOf(rings)).toEqual([
      line(1, "type=conn_new rip=::1 rport=4711 transport=tcp cfd=7"),
    ]);
    expect(first.counter(Counter.LOG_WRITTEN)).toBe(1);
  });

  test("what a host says, in memcached's words", () => {
    const [core] = start(build, threads) as [Core];
    const rings = new LogRings(core);
    rings.want(ALL);
    core.events.connectionOpened(3, "unix:/run/socket");
    core.events.connectionClosed(4, "tcp:10.0.0.1:9", 0);
    core.events.connectionClosed(4, "tcp:10.0.0.1:9", 2);
    core.events.connectionClosed(4, "tcp:10.0.0.1:9", 3);
    core.events.connectionFailed(5, "Broken pipe");
    core.events.tlsFailed(6, `no reason ${"x".repeat(300)}`);
    core.events.system("type=slab_move src=1 dst=2 state=ok");
    const closed = "type=conn_close rip=10.0.0.1 rport=9 transport=tcp";
    expect(linesOf(rings)).toEqual([
      line(1, "type=conn_new rip=unix rport=0 transport=local cfd=3"),
      line(2, `${closed} reason=error cfd=4`),
      line(3, `${closed} reason=idle_timeout cfd=4`),
      line(4, `${closed} reason=shutdown cfd=4`),
      line(5, "type=connerr fd=5 msg=Broken pipe"),
      line(6, `type=conntlserr fd=6 msg=no reason ${"x".repeat(LOG_TEXT_MAX - 10)}`),
      line(7, "type=slab_move src=1 dst=2 state=ok"),
    ]);
  });

  test("a full ring drops, counts, and is whole again once it was read", () => {
    const cores = start(build, threads);
    const writer = cores.at(-1) as Core;
    const rings = new LogRings(cores[0] as Core);
    rings.want(ALL);
    for (let i = 0; i < 100; i++) writer.events.system(text(100));
    const written = writer.counter(Counter.LOG_WRITTEN);
    expect(written).toBe(Math.floor(1024 / (40 + 104)));
    expect(writer.counter(Counter.LOG_DROPPED)).toBe(100 - written);
    const expected = Array.from({ length: written }, (_, i) => line(i + 1, text(100)));
    expect(linesOf(rings)).toEqual(expected);
    writer.events.system("again");
    expect(linesOf(rings)).toEqual([line(written + 1, "again")]);
  });

  test("records of all threads come in the order of what happened, and only once", () => {
    const seed = 0x10c;
    const random = new Random(seed);
    const cores = start(build, threads, 4);
    const rings = new LogRings(cores[0] as Core);
    rings.want(ALL);
    const expected: string[] = [];
    const got: string[] = [];
    let gid = 0;
    let dropped = 0;
    const total = (which: Counter): number => (cores[0] as Core).counter(which);
    for (let i = 0; i < 20_000; i++) {
      const core = cores[random.below(threads)] as Core;
      core.events.system(text(i));
      if (total(Counter.LOG_DROPPED) === dropped) expected.push(line(++gid, text(i)));
      else dropped++;
      if (random.below(8) === 0) got.push(...linesOf(rings, 1 + random.below(12)));
    }
    got.push(...linesOf(rings));
    expect(got).toEqual(expected);
    expect(total(Counter.LOG_WRITTEN)).toBe(gid);
    expect(gid + dropped).toBe(20_000);
  });
});

test("a record that a thread has not finished is waited for, and those behind it with it", () => {
  const [slow, quick] = start("core.threads", 2) as [Core, Core];
  const rings = new LogRings(slow);
  rings.want(ALL);
  slow.events.system("slow");
  const area = new Int32Array(slow.bytes.buffer, slow.abi.logPtr(0), LogArea.LENGTH / 4);
  // As it is before the thread's last instruction.
  const tail = Atomics.exchange(area, LogArea.TAIL / 4, 0);
  quick.events.system("quick");
  expect(linesOf(rings)).toEqual([]);
  Atomics.store(area, LogArea.TAIL / 4, tail);
  expect(linesOf(rings)).toEqual([line(1, "slow"), line(2, "quick")]);
});

test("without watch (-W) there are no rings, and nothing is ever recorded", () => {
  const settings = { ...defaultSettings(), memoryLimit: 8 * MEBIBYTE, watchEnabled: false };
  const core = Core.start(settings, "core.server", 1, false);
  const rings = new LogRings(core);
  rings.want(ALL);
  core.events.system("unheard");
  expect(linesOf(rings)).toEqual([]);
  expect(core.counter(Counter.LOG_DROPPED)).toBe(1);
});
