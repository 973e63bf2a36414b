/**
 * Goal: words are split into options exactly as GNU getopt_long splits them.
 * Method: a small table of names of our own, command lines as tables, messages compared whole.
 */

import { expect, test } from "bun:test";
import { type OptionName, scanOptions } from "../../src/main/getopt.ts";

const NAMES: OptionName[] = [
  { letter: "p", long: "port", argument: "required" },
  { letter: "A", long: "enable-all", argument: "none" },
  { letter: "E", long: "enable-each", argument: "none" },
  { letter: "v", long: "verbose", argument: "optional" },
  { letter: "l", long: "list", argument: "required" },
  { letter: "b", long: "list-length", argument: "required" },
  { letter: "D", long: null, argument: "required" },
];

/** One word per option: the letter, then `=` and the argument if there is one, or the message. */
function scan(words: string[]): string[] {
  return [...scanOptions("prog", words, NAMES)].map((step) => {
    if (step.kind === "error") return step.message;
    return step.argument === null ? step.letter : `${step.letter}=${step.argument}`;
  });
}

const ACCEPTED: [words: string[], options: string[]][] = [
  [[], []],
  [["-p", "1"], ["p=1"]],
  [["-p1"], ["p=1"]],
  [["-p", ""], ["p="]],
  [["-p", "-1"], ["p=-1"]],
  [["-p", "--"], ["p=--"]],
  [["-vvA"], ["v", "v", "A"]],
  [["-vp1"], ["v", "p=1"]],
  [
    ["-vp", "1"],
    ["v", "p=1"],
  ],
  // An optional argument of a short option is none: the next letters are options again.
  [["-vA"], ["v", "A"]],
  [
    ["-v", "word", "-A"],
    ["v", "A"],
  ],
  [["word", "-A", "other"], ["A"]],
  [["-", "-A"], ["A"]],
  [["-A", "--", "-v", "--bogus"], ["A"]],
  [["--port", "1"], ["p=1"]],
  [["--port=1"], ["p=1"]],
  [["--port="], ["p="]],
  [["--port=a=b"], ["p=a=b"]],
  [["--po", "1"], ["p=1"]],
  [["--p=1"], ["p=1"]],
  [["--verbose"], ["v"]],
  [["--verbose=3"], ["v=3"]],
  [["--verbose", "3"], ["v"]],
  [["--enable-a"], ["A"]],
  // An exact name wins over longer ones that begin with it.
  [["--list=x"], ["l=x"]],
  [["--list-", "x"], ["b=x"]],
];

const REFUSED: [words: string[], message: string][] = [
  [["-z"], "prog: invalid option -- 'z'"],
  [["-vz"], "prog: invalid option -- 'z'"],
  [["-:"], "prog: invalid option -- ':'"],
  [["-p"], "prog: option requires an argument -- 'p'"],
  [["-Ap"], "prog: option requires an argument -- 'p'"],
  [["-D"], "prog: option requires an argument -- 'D'"],
  [["--port"], "prog: option '--port' requires an argument"],
  [["--po"], "prog: option '--port' requires an argument"],
  [["--bogus"], "prog: unrecognized option '--bogus'"],
  [["--bogus=3"], "prog: unrecognized option '--bogus=3'"],
  [["--Port=3"], "prog: unrecognized option '--Port=3'"],
  [["--D=3"], "prog: unrecognized option '--D=3'"],
  [["--enable-all=1"], "prog: option '--enable-all' doesn't allow an argument"],
  [["--enable-a=1"], "prog: option '--enable-all' doesn't allow an argument"],
  [
    ["--enable"],
    "prog: option '--enable' is ambiguous; possibilities: '--enable-all' '--enable-each'",
  ],
  [["--li=1"], "prog: option '--li=1' is ambiguous; possibilities: '--list' '--list-length'"],
];

test.each(ACCEPTED)("%j gives %j", (words, options) => {
  expect(scan(words)).toEqual(options);
});

test.each(REFUSED)("%j is refused with %p", (words, message) => {
  expect(scan(words)[words[0] === "-vz" || words[0] === "-Ap" ? 1 : 0]).toBe(message);
});

test("the scan is lazy: what stands before a mistake has been handed out", () => {
  const steps = scanOptions("prog", ["-A", "-z", "-v"], NAMES);
  expect(steps.next().value).toEqual({ kind: "option", letter: "A", argument: null });
  expect(steps.next().value).toMatchObject({ kind: "error" });
});
