/**
 * Steps that no thread came to: a model in which something never happens proves nothing about it.
 */
import type { Exploration } from "./scheduler.ts";
import type { Program, Step } from "./program.ts";

/** Ways, and what must never be come to. */
const NO_STEPS = /^(jump|choose|fault)$/;

/** The steps that a thread did at one of the places; a choice is one with what follows it. */
function done(steps: readonly Step[], visited: Uint8Array): Set<number> {
  const all = new Set(steps.keys().filter((at) => visited[at] === 1));
  for (const at of all) {
    const action = steps[at]?.action;
    if (action?.kind === "choose") for (const next of action.next) all.add(next);
  }
  return all;
}

/** Such steps of all programs, by name. */
export function unvisited(explorations: Iterable<Exploration>): string[] {
  const seen = new Map<Program, Set<number>>();
  for (const { programs, visited } of explorations) {
    for (const [thread, program] of programs.entries()) {
      const all = seen.get(program) ?? new Set<number>();
      for (const at of done(program.steps, visited[thread])) all.add(at);
      seen.set(program, all);
    }
  }
  return [...seen].flatMap(([{ name, steps }, places]) =>
    steps
      .map(({ action, place, text }, at) => ({ action, at, line: `${name}: ${place}: ${text}` }))
      .filter(({ action, at }) => !NO_STEPS.test(action.kind) && !places.has(at))
      .map(({ line }) => line),
  );
}
