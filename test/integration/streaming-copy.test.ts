/**
 * Goal: every thread that serves clients copies large values past the caches, and what it copied is
 * what its clients sent. Method: the page with the instructions is the only memory of a thread that
 * can be executed, belongs to no file and cannot be written.
 */
import { expect, test } from "bun:test";
import { LiveServer } from "../support/live-server.ts";
import { noise } from "../support/noise.ts";
import { readFileSync } from "node:fs";

const isPossible = process.platform === "linux" && process.arch === "x64";

/** KiB of such memory; the kernel's own has a name. */
function instructionKib(pid: number): number {
  let bytes = 0;
  for (const line of readFileSync(`/proc/${pid}/maps`, "latin1").split("\n")) {
    const [, start, end] = /^(\w+)-(\w+) r-xp 00000000 00:00 0 *$/.exec(line) ?? [];
    if (start !== undefined && end !== undefined)
      bytes += Number(`0x${end}`) - Number(`0x${start}`);
  }
  return bytes / 1024;
}

test.each([1, 3])("with -t %i each thread has the page", async (threads) => {
  await using server = await LiveServer.start(["-t", `${threads}`]);
  expect(instructionKib(server.pid)).toBe(isPossible ? 4 * threads : 0);
  const client = await server.connect();
  for (const length of [32_768, 65_536, 100_001]) {
    const value = noise(length, length)
      .toString("latin1")
      .replaceAll(/[\r\n]/g, ".");
    expect(await client.ask(`set key 0 0 ${length}\r\n${value}`)).toBe("STORED");
    expect(await client.askAll("get key")).toEqual([`VALUE key 0 ${length}`, value, "END"]);
  }
});
