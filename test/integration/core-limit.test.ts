/**
 * `-r`: the process may leave a core file, however low its soft limit was; without `-r` the limit
 * stays. Read from /proc while the server runs.
 */
import { expect, test } from "bun:test";
import { OWN_PROGRAM } from "../support/live-server.ts";
import { readFileSync } from "node:fs";

/** The soft limit for core files of a server whose shell has set it to 0. */
async function softLimit(...options: string[]): Promise<string> {
  const words = ["-u", "root", "-l", "127.0.0.1", "-p", "0", "-t", "1", ...options].join(" ");
  const child = Bun.spawn(["sh", "-c", `ulimit -S -c 0; exec "$0" ${words}`, OWN_PROGRAM], {
    stdout: "pipe",
    stderr: "ignore",
  });
  try {
    const { value } = await child.stdout.getReader().read();
    expect(new TextDecoder().decode(value)).toStartWith("listening");
    const limits = readFileSync(`/proc/${child.pid}/limits`, "latin1");
    return /^Max core file size +(\S+)/m.exec(limits)?.[1] ?? "";
  } finally {
    child.kill();
    await child.exited;
  }
}

test("-r raises the limit of core files", async () => {
  expect(await softLimit("-r")).not.toBe("0");
});

test("without -r it stays", async () => {
  expect(await softLimit()).toBe("0");
});
