/**
 * Goal: the memory that lookups go to asks the system for huge pages, and what was given back asks
 * for none. Whether it gets them depends on how memory is cut up, so that is not looked at.
 * Method: the flags that Linux shows of each mapping.
 */
import { expect, test } from "bun:test";
import { LiveServer } from "../support/live-server.ts";
import { readFileSync } from "node:fs";
import { skipped } from "../support/subjects.ts";
import { until } from "../support/waiting.ts";

const PATIENCE_MS = 30_000;
const HAS_HUGE_PAGES = isLinuxWithHugePages();

function isLinuxWithHugePages(): boolean {
  try {
    return readFileSync("/sys/kernel/mm/transparent_hugepage/enabled", "latin1") !== "";
  } catch {
    return false;
  }
}

/** MiB of the process's mappings with this flag: `hg` wants huge pages, `nh` wants none. */
function mebibytesWith(flag: string, pid: number): number {
  const mappings = readFileSync(`/proc/${pid}/smaps`, "latin1").split(/^VmFlags: /m);
  let sum = 0;
  for (let i = 1; i < mappings.length; i++) {
    const flags = (mappings[i] as string).split("\n", 1)[0] as string;
    const [, kibibytes] = /^Size: +(\d+) kB$/m.exec(mappings[i - 1] as string) ?? [];
    if (flags.split(" ").includes(flag)) sum += Number(kibibytes) / 1024;
  }
  return sum;
}

const title = "huge pages are asked for, but not for memory that was given back";
if (!HAS_HUGE_PAGES) test.skip(skipped(title, "huge pages are absent"), () => {});
else {
  test.each(["1", "4"])(
    `${title}, with -t %s`,
    async (threads) => {
      await using server = await LiveServer.start(["-m", "64", "-t", threads]);
      // All that the cache may ever have, for `cache_memlimit` can raise `-m`.
      expect(mebibytesWith("hg", server.pid)).toBeGreaterThan(64);
      const before = mebibytesWith("nh", server.pid);
      const client = await server.connect();
      const value = "x".repeat(5000);
      for (let i = 0; i < 10_000; i++) client.send(`set key${i} 0 0 5000 noreply\r\n${value}\r\n`);
      expect(await client.ask("cache_memlimit 16")).toBe("OK");
      const hasGivenBack = (): boolean => mebibytesWith("nh", server.pid) - before >= 24;
      await until("memory to be given back", hasGivenBack, PATIENCE_MS);
      expect(mebibytesWith("hg", server.pid)).toBeGreaterThan(64);
    },
    PATIENCE_MS * 2,
  );
}
