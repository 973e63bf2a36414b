/**
 * What a reader sees of a flaw: the steps that lead to it, and who is where then.
 *
 *     deadlock after 8 steps of 2 threads
 *       1  a: lock: cmpxchg slabs FREE → HELD (was FREE); a holds slabs
 *       …
 *     then
 *       a holds slabs, is asleep at queue 1 in lock
 *       …
 *       slabs = CONTENDED
 */
import type { Exploration, Flaw, Move } from "./scheduler.ts";
import type { Program, Step } from "./program.ts";
import { Value, WORD_COUNT, type Word, wordName, wordNames } from "./words.ts";

/** Threads of one program are told apart by a number. */
function threadNames(programs: readonly Program[]): string[] {
  return programs.map(({ name }, index) => {
    const same = programs.filter((other) => other.name === name).length;
    if (same === 1) return name;
    return `${name} #${programs.slice(0, index + 1).filter((other) => other.name === name).length}`;
  });
}

function fullText({ place, text }: Step): string {
  return place === "" ? text : `${place}: ${text}`;
}

function stepText(step: Step): string {
  return step.action.kind === "asleep" ? `${fullText(step)}, wakes up early` : fullText(step);
}

function outcome(names: readonly string[], move: Move): string {
  const { found, woken } = move;
  if (woken !== null) return ` (wakes ${names[woken]})`;
  return found === null ? "" : ` (was ${Value[found]})`;
}

function moveText(programs: readonly Program[], names: readonly string[], move: Move): string {
  const { steps } = programs[move.thread];
  const name = names[move.thread];
  const before = steps[move.at].holds;
  const { holds } = steps[move.to];
  const change = before === holds ? "" : `; ${name} holds ${wordNames(holds)}`;
  return `${name}: ${stepText(steps[move.at])}${outcome(names, move)}${change}`;
}

function placeText({ steps }: Program, name: string, at: number): string {
  const { action, place, text, holds } = steps[at];
  if (action.kind === "end") return `${name} is done`;
  const what = action.kind === "asleep" ? text : `before ${text}`;
  const where = place === "" ? "" : ` in ${place}`;
  return `${name} holds ${wordNames(holds)}, is ${what}${where}`;
}

/** The way to a flaw, a line for each step. */
export function traceOf({ programs }: Exploration, flaw: Flaw): string {
  const names = threadNames(programs);
  const lines = [`${flaw.kind} after ${flaw.moves.length} steps of ${programs.length} threads`];
  for (const [index, move] of flaw.moves.entries()) {
    lines.push(`${String(index + 1).padStart(4)}  ${moveText(programs, names, move)}`);
  }
  lines.push("then");
  for (const [thread, program] of programs.entries()) {
    const at = flaw.state[WORD_COUNT + thread];
    lines.push(`  ${placeText(program, names[thread], at)}`);
  }
  for (const [word, value] of flaw.state.slice(0, WORD_COUNT).entries()) {
    if (value !== Value.FREE) lines.push(`  ${wordName(word as Word)} = ${Value[value]}`);
  }
  return lines.join("\n");
}

/** The trace, or nothing when all is well: what a test compares with "". */
export function flawText(exploration: Exploration): string {
  return exploration.flaw === null ? "" : traceOf(exploration, exploration.flaw);
}
