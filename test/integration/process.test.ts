/**
 * Goal: the process features (pid file, user, limits, large pages, background) behave as
 * memcached's, texts and exit codes included. Method: each is called as main.ts calls it, with
 * files in a temporary folder; changing users is played with a recorder instead of the process; -d
 * runs a small program of its own.
 */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StartError } from "../../src/base/start-error.ts";
import { errorText } from "../../src/server/process/error-text.ts";
import {
  connectionCapacity,
  descriptorMargin,
  raiseFileLimit,
} from "../../src/server/process/file-limit.ts";
import { adviseHugePages, checkHugePages } from "../../src/server/process/huge-pages.ts";
import { libc } from "../../src/server/process/libc.ts";
import { setListenBacklog } from "../../src/server/process/listen-backlog.ts";
import { removePidFile, writePidFile } from "../../src/server/process/pid-file.ts";
import { getLimit, RLIMIT_NOFILE } from "../../src/server/process/resource-limit.ts";
import {
  findInPasswd,
  findUser,
  type Identity,
  switchUser,
} from "../../src/server/process/user.ts";

const PROCESS_DIR = join(import.meta.dir, "..", "..", "src", "server", "process");
const DEADLINE_MS = 5000;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "wasmcached-process-"));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The StartError an action ends with, as `code: message`. */
function refusal(action: () => void): string {
  try {
    action();
  } catch (error) {
    if (error instanceof StartError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "started";
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error("it did not happen in time");
    await Bun.sleep(5);
  }
}

/** Plays the process: writes down the calls, and fails in the one named. */
function play(user: string | null, uid: number, failure = "", code = "EPERM"): string[] {
  const calls: string[] = [];
  const call = (name: string): ((value: unknown) => void) => {
    return (value) => {
      if (name === failure) throw Object.assign(new Error(name), { code });
      calls.push(`${name} ${JSON.stringify(value)}`);
    };
  };
  const identity: Identity = {
    getuid: () => uid,
    geteuid: () => uid,
    setgroups: call("setgroups"),
    setgid: call("setgid"),
    setuid: call("setuid"),
  };
  const ended = refusal(() => switchUser(user, identity));
  return ended === "started" ? calls : [ended];
}

/** What the background process wrote after it was ready. */
async function told(file: string): Promise<{ pid: number; cwd: string; marked: boolean }> {
  await until(() => existsSync(file) && readFileSync(file, "utf8").endsWith("}"));
  return JSON.parse(readFileSync(file, "utf8"));
}

describe("pid file", () => {
  test("holds the pid and a line feed, and leaves no temporary file", () => {
    const path = join(folder, "pid");
    expect(writePidFile(path, 4711)).toEqual([]);
    expect(readFileSync(path, "latin1")).toBe("4711\n");
    expect(existsSync(`${path}.tmp`)).toBe(false);
  });

  test("warns of a process that runs, and replaces its number", () => {
    const path = join(folder, "live");
    writeFileSync(path, `${process.pid}\n`);
    const text = "WARNING: The pid file contained the following (running) pid:";
    expect(writePidFile(path, 1234)).toEqual([`${text} ${process.pid}`]);
    expect(readFileSync(path, "latin1")).toBe("1234\n");
  });

  test.each(["999999999\n", "", "junk\n", "-1\n", "0\n"])("takes over %j in silence", (text) => {
    const path = join(folder, "stale");
    writeFileSync(path, text);
    expect(writePidFile(path)).toEqual([]);
  });

  test("is not worth stopping for", () => {
    const path = join(folder, "missing", "pid");
    expect(writePidFile(path)).toEqual([
      `Could not open the pid file ${path}.tmp for writing: No such file or directory`,
    ]);
    expect(writePidFile(folder)).toEqual([
      `Could not rename the pid file from ${folder}.tmp to ${folder}: Is a directory`,
    ]);
  });

  test("is removed, once", () => {
    const path = join(folder, "gone");
    writePidFile(path);
    expect(removePidFile(path)).toBeNull();
    expect(removePidFile(path)).toBe(
      `Could not remove the pid file ${path}: No such file or directory`,
    );
  });
});

describe("user", () => {
  test("root must say who to be", () => {
    expect(play(null, 0)).toEqual(["64: must add '-u root' to start as root"]);
    expect(play("", 0)).toEqual(["64: must add '-u root' to start as root"]);
  });

  test("an unknown one", () => {
    expect(play("no-such-user", 0)).toEqual(["67: can't find the user no-such-user to switch to"]);
  });

  test("groups first, user last", () => {
    expect(play("root", 0)).toEqual(["setgroups []", "setgid 0", "setuid 0"]);
  });

  test("is nothing to anyone else", () => {
    expect(play(null, 1000)).toEqual([]);
    expect(play("no-such-user", 1000)).toEqual([]);
  });

  test("each call may fail", () => {
    expect(play("root", 0, "setgroups")).toEqual(["setgid 0", "setuid 0"]);
    expect(play("root", 0, "setgroups", "EINVAL")).toEqual([
      "71: failed to drop supplementary groups: Invalid argument",
    ]);
    const failed = ["71: failed to assume identity of user root"];
    expect(play("root", 0, "setgid")).toEqual(failed);
    expect(play("root", 0, "setuid")).toEqual(failed);
  });

  test("the two ways of looking one up agree", () => {
    const passwd = readFileSync("/etc/passwd", "utf8");
    expect(findUser("root")).toEqual({ uid: 0, gid: 0 });
    expect(findInPasswd("root", passwd)).toEqual({ uid: 0, gid: 0 });
    expect(findInPasswd("roo", passwd)).toBeNull();
    expect(findInPasswd("x", "x:only\n\n#")).toBeNull();
  });
});

describe("limits", () => {
  test("a high one is left alone", () => {
    const before = getLimit(RLIMIT_NOFILE);
    const soft = raiseFileLimit(1, 1);
    expect(BigInt(soft)).toBe(before!.soft);
    expect(getLimit(RLIMIT_NOFILE)).toEqual(before);
  });

  test("more than the system gives is refused", () => {
    expect(refusal(() => raiseFileLimit(2_000_000_000, 4))).toBe(
      "71: failed to set rlimit for open files. " +
        "Try starting as root or requesting smaller maxconns value.",
    );
  });

  test.each([
    [1024, 20_000, 1024],
    [1024, 1024, 1024 - descriptorMargin(4)],
    [1024, 10, 1],
  ])("-c %d below %d descriptors serves %d", (connections, soft, capacity) => {
    expect(connectionCapacity(connections, soft, 4)).toBe(capacity);
  });
});

describe("large pages", () => {
  const unavailable =
    "1: Cannot enable large pages on this system\n(There is no support as of this version)";

  test.each([
    ["[always] madvise never\n", "started"],
    ["always [madvise] never\n", "started"],
    ["always madvise [never]\n", unavailable],
    ["", unavailable],
  ])("the system says %j", (text, outcome) => {
    const file = join(folder, "thp");
    writeFileSync(file, text);
    const expected = libc() === null ? unavailable : outcome;
    expect(refusal(() => checkHugePages(file))).toBe(expected);
  });

  test("a system without them", () => {
    expect(refusal(() => checkHugePages(join(folder, "no-thp")))).toBe(unavailable);
  });

  test("a range too small for one is no error", () => {
    expect(adviseHugePages(new Uint8Array(4096), 0)).toBeNull();
  });
});

test("the backlog of what is no socket is not set", () => {
  expect(setListenBacklog(-1, 1024)).toBe(false);
});

function coded(code: unknown): Error {
  return Object.assign(new Error("message"), { code });
}

test("thrown errors are put into the system's words", () => {
  expect(errorText(coded("EADDRINUSE"))).toBe("Address already in use");
  expect(errorText(coded("EWHATEVER"))).toBe("EWHATEVER");
  expect(errorText(coded(7))).toBe("message");
  expect(errorText("text")).toBe("text");
  expect(errorText(null)).toBe("null");
});

describe("background", () => {
  /** What the background process does, by its first argument. */
  const program = `
    import { startDaemon, daemonStatus } from "${PROCESS_DIR}/daemon.ts";
    import { StartError } from "${PROCESS_DIR}/../../base/start-error.ts";
    import { writeFileSync } from "node:fs";
    const [what, file] = process.argv.slice(2);
    const status = daemonStatus();
    if (status === null) {
      const argv = process.argv.slice(2);
      const options = { argv, verbose: what === "verbose", keepFolder: what === "keep" };
      const { code, message } = await startDaemon(options);
      if (message !== "") console.error(message);
      process.exit(code);
    }
    if (what === "fail") {
      status.failed(new StartError(71, "first line\\nsecond line"));
      process.exit(71);
    }
    if (what === "die") process.exit(9);
    console.error("early");
    status.ready(what === "verbose");
    console.error("late");
    writeFileSync(file, JSON.stringify({ pid: process.pid, cwd: process.cwd(),
      marked: "WASMCACHED_DAEMON_PARENT" in process.env }));
    if (what === "stay") setInterval(() => {}, 1000);
  `;

  /** Runs the parent to its end. */
  async function daemon(what: string, env: Record<string, string> = {}) {
    const main = join(folder, "daemon.ts");
    writeFileSync(main, program);
    const file = join(folder, `daemon-${what}`);
    rmSync(file, { force: true });
    const errors = join(folder, `daemon-${what}-stderr`);
    const child = Bun.spawn([process.execPath, main, what, file], {
      cwd: folder,
      env: { ...process.env, ...env },
      stderr: Bun.file(errors),
    });
    const code = await child.exited;
    return { code, file, errors: () => readFileSync(errors, "utf8") };
  }

  test("the parent ends with 0 once the child is ready; the streams are gone then", async () => {
    const { code, file, errors } = await daemon("plain");
    expect(code).toBe(0);
    expect(await told(file)).toMatchObject({ cwd: "/", marked: false });
    expect(errors()).toBe("early\n");
  });

  test("the child outlives the parent", async () => {
    const { file } = await daemon("stay");
    const { pid } = await told(file);
    expect(pid).toBeGreaterThan(1);
    process.kill(pid, "SIGTERM");
  });

  test("the streams stay with -v, and the folder with -r", async () => {
    const verbose = await daemon("verbose");
    await told(verbose.file);
    expect(verbose.errors()).toBe("early\nlate\n");
    const kept = await daemon("keep");
    expect((await told(kept.file)).cwd).toBe(folder);
  });

  test("a failure of the child is the parent's: text and exit code", async () => {
    const { code, errors } = await daemon("fail");
    expect(code).toBe(71);
    expect(errors()).toBe("first line\nsecond line\n");
  });

  test("a child that dies without a word is reported", async () => {
    const { code, errors } = await daemon("die");
    expect(code).toBe(9);
    expect(errors()).toBe("the background process ended before it was listening (exit code 9)\n");
  });

  test("a mark that is left over from elsewhere means nothing", async () => {
    expect((await daemon("plain", { WASMCACHED_DAEMON_PARENT: "1" })).code).toBe(0);
  });
});
