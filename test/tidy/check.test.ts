/**
 * The check itself: what it counts, what it shows, and which skips it lets pass.
 */
import { describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parsePeers, skipProblem } from "../../scripts/check/skips.ts";
import { type Step, type StepResult, runSteps } from "../../scripts/check/step.ts";
import {
  ClosingLines,
  Display,
  type TestRun,
  runTests,
  skippedTests,
} from "../../scripts/check/test-run.ts";
import { PEERS } from "../support/peers.ts";

describe("skips", () => {
  test("name an absent peer, and no other reason will do", () => {
    const fine = "talks to nc (skipped: nc is not installed)";
    expect(skipProblem(fine, [])).toBeNull();
    expect(skipProblem(`clients (skipped: node is absent) > one`, [])).toBeNull();
    expect(skipProblem("talks to nc", [])).toContain("without a reason");
    expect(skipProblem("a (skipped: it is slow)", [])).toContain("another reason");
    expect(skipProblem("a (skipped: nc is not installed) b", [])).toContain("without a reason");
  });

  test("are failures where the peer is required", () => {
    const name = "pymemcache (skipped: python3-pymemcache is not installed)";
    expect(skipProblem(name, ["nc", "python3-pymemcache"])).toContain("python3-pymemcache is req");
    expect(skipProblem(name, ["nc", "pymemcache"])).toBeNull();
    expect(parsePeers(" memcached,nc, ,")).toEqual(["memcached", "nc"]);
    expect(parsePeers(undefined)).toEqual([]);
  });

  test("cannot happen in CI, which installs every peer", () => {
    const script = readFileSync(join(import.meta.dir, "../../.ci/run"), "utf8");
    const [, table = ""] = /^PEERS="\n(.*?)^"$/ms.exec(script) ?? [];
    const names = table.trimEnd().split("\n");
    const peers = names.map((line) => /^ +\S+ +(\S+)$/.exec(line)?.[1]);
    expect([...new Set(peers)].sort()).toEqual([...PEERS].sort());
  });
});

function sum(text: string, exitCode: number, skips: number): TestRun {
  const closing = new ClosingLines();
  for (const line of text.split("\n")) closing.read(line);
  return closing.result(
    exitCode,
    Array.from({ length: skips }, () => ({ file: "a.test.ts", name: "s" })),
  );
}

describe("closing lines", () => {
  const END = "Ran 9 tests across 2 files. [30.00ms]";

  test("give the counts", () => {
    const run = sum(
      ` 5 pass\n 1 skip\n 1 todo\n 2 fail\n 1 error\n 5 expect() calls\n${END}`,
      1,
      2,
    );
    expect(run).toMatchObject({ passed: 5, failed: 2, problem: null });
    expect(run.skipped.length).toBe(2);
  });

  test.each([
    ["no end", " 5 pass\n 0 fail", 0, 0],
    ["a crash behind the end", ` 5 pass\n 0 fail\n${END}`, 134, 0],
    ["nothing run", ` 0 pass\n 0 fail\n${END}`, 0, 0],
    ["a skip without a name", ` 5 pass\n 2 skip\n 0 fail\n${END}`, 0, 1],
  ])("notice %s", (_what, text, exitCode, skips) => {
    expect(sum(text, exitCode, skips).problem).not.toBeNull();
  });
});

test("skipped tests come with their groups and in plain letters", () => {
  const junit = `<testsuite name="a.test.ts">
    <testcase name="ran" classname="" file="a.test.ts" assertions="1" />
    <testcase name="a &lt;b&gt; &#34;c&quot;" classname="group" time="0" file="a.test.ts">
      <skipped />
    </testcase>
    <testcase name="failed" classname="" file="a.test.ts">
      <failure type="AssertionError">skipped</failure>
    </testcase>
    <testcase name="later" classname="" file="b.test.ts">
      <skipped message="TODO" />
    </testcase></testsuite>`;
  expect(skippedTests(junit)).toEqual([
    { file: "a.test.ts", name: 'group > a <b> "c"' },
    { file: "b.test.ts", name: "later" },
  ]);
});

test("of what passes only the files are shown, of what fails everything", () => {
  const shown: string[] = [];
  const display = new Display((line) => shown.push(line));
  const lines = ["bun test v1", "", "a.test.ts:", "(pass) one", "", "b.test.ts:", "(skip) two"];
  lines.push("a.test.ts:", "", "error: no", "", "(fail) three", "1 tests skipped:", "(skip) two");
  lines.push("", "c.test.ts:", "(pass) four", "", "1 test failed:", "(fail) three");
  for (const line of lines) display.show(line);
  expect(shown).toEqual([
    "  a.test.ts",
    "  b.test.ts",
    "  a.test.ts, again",
    "",
    "error: no",
    "",
    "(fail) three",
    "  c.test.ts",
    "",
    "1 test failed:",
    "(fail) three",
  ]);
  expect(display.failures).toEqual(["a.test.ts\nerror: no\n(fail) three"]);
});

function step(name: string, milliseconds: number, result: StepResult | Error): Step {
  const run = async (): Promise<StepResult> => {
    await Bun.sleep(milliseconds);
    if (result instanceof Error) throw result;
    return result;
  };
  return { name, run };
}

describe("steps", () => {
  test("are reported in order, failures with all they said", async () => {
    const lines: string[] = [];
    const steps = [
      step("slow", 20, { isGood: true, text: "hidden", note: "is fresh" }),
      step("bad", 0, { isGood: false, text: "what\nis wrong" }),
      step("broken", 0, new Error("no such file")),
    ];
    expect(await runSteps(steps, (line) => lines.push(line))).toEqual(["bad", "broken"]);
    expect(lines.map((line) => line.replace(/\d+\.\d s/, "T"))).toEqual([
      "ok     slow (T) is fresh",
      "FAILED bad (T)",
      "what\nis wrong",
      "FAILED broken (T)",
      "Error: no such file",
    ]);
  });
});

test("a run of tests is counted, also of a file that cannot be loaded", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wasmcached-tests-"));
  try {
    const head = 'import { expect, test } from "bun:test";';
    writeFileSync(
      join(folder, "a.test.ts"),
      `${head} test("a", () => {}); test("b", () => expect(1).toBe(2));
       test.skip("c (skipped: nc is absent)", () => {});`,
    );
    writeFileSync(join(folder, "b.test.ts"), 'throw new Error("not loaded");');
    const shown: string[] = [];
    const run = await runTests(folder, [], (line) => shown.push(line));
    expect(run).toEqual({
      passed: 1,
      failed: 2,
      skipped: [{ file: "a.test.ts", name: "c (skipped: nc is absent)" }],
      problem: null,
      failures: run.failures,
    });
    // What was said comes by another stream than the name of the file, and may come before it.
    expect(run.failures.join("\n")).toContain("(fail) b");
    expect(shown.join("\n")).toContain("error: expect(received)");
    expect(shown.join("\n")).toContain("error: not loaded");
    expect(shown.join("\n")).toContain("(fail) b");
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 30_000);
