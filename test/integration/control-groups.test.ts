/**
 * A server in a container whose memory is limited: `-m` above the limit is refused at start.
 *
 * Goal: the program reads the files of its control group, of both versions, where Linux has them,
 * and says that it is the group that has no more. Method: what a container is made of: a process
 * with a mount namespace of its own, where other files lie in these places. No group is made, so
 * that those of the machine stay as they are. Several small memories stand for a large `-m`.
 */
import { LiveServer, OWN_PROGRAM } from "../support/live-server.ts";
import { afterAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { skipped } from "../support/subjects.ts";
import { tmpdir } from "node:os";

/** Bun takes three times as much for memories: enough for three of what `-m 512` wants. */
const LIMIT = `${1900 * 1024 * 1024}\n`;

const VERSIONS = [
  { name: "version 2", list: "0::/\n", files: { "memory.max": LIMIT, "memory.swap.max": "0\n" } },
  {
    name: "version 1",
    list: "4:memory:/docker/1\n0::/\n",
    files: { "memory/memory.limit_in_bytes": LIMIT, "memory/memory.memsw.limit_in_bytes": LIMIT },
  },
];

const place = mkdtempSync(join(tmpdir(), "wasmcached-container-"));
afterAll(() => rmSync(place, { recursive: true }));

/** A program that lays the files into their places, for itself alone, and becomes a server. */
function containerOf({ name, list, files }: (typeof VERSIONS)[number]): string {
  const folder = join(place, name.replace(" ", "-"));
  for (const [file, text] of Object.entries({ list, ...files })) {
    const path = join(folder, file === "list" ? file : join("tree", file));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  const program = join(folder, "server");
  const script = [
    `mount --bind ${folder}/tree /sys/fs/cgroup`,
    `mount --bind ${folder}/list /proc/$$/cgroup`,
    `exec ${OWN_PROGRAM} "$@"`,
  ];
  writeFileSync(program, `#!/bin/sh\nexec unshare -rm sh -c '${script.join(" && ")}' sh "$@"\n`);
  chmodSync(program, 0o755);
  return program;
}

/** Whether a process may have mounts of its own here. */
function mayMount(): boolean {
  if (Bun.which("unshare") === null) return false;
  const script =
    "mount --bind /proc/self/status /proc/self/cgroup && mount --bind /tmp /sys/fs/cgroup";
  return Bun.spawnSync(["unshare", "-rm", "sh", "-c", script]).exitCode === 0;
}

const can = mayMount();

for (const version of VERSIONS) {
  const title = `${version.name}: -m above the limit of the container is refused`;
  const run = async (): Promise<void> => {
    const environment = { WASMCACHED_MEMORIES: "3" };
    const options = { program: containerOf(version), environment };
    const refused = LiveServer.launch(["-m", "1901"], options);
    expect(await refused.ended()).toBe(1);
    const group = "the control group of this process";
    expect(refused.errors).toBe(`-m 1901: ${group} has 1900 megabytes of memory and swap\n`);
    await using server = await LiveServer.start(["-m", "512"], options);
    expect(await server.stat("limit_maxbytes")).toBe(512 * 1024 * 1024);
  };
  if (can) test(title, run);
  else test.skip(skipped(title, "mount namespaces are absent"), () => {});
}
