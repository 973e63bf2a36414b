/**
 * An exhaustive scheduler: goes through all interleavings of a few programs.
 *
 * A state is the lock words and the place of each thread. From the first state, where all words are
 * FREE, every step that any thread can do leads to the next ones; each state is met once. Breadth
 * first, so that the trace to a flaw is a shortest one.
 *
 * A notify wakes any one of the sleepers: each is a way of its own. A sleeper may also wake up
 * early, at any time, which the model allows, but never counts on: a state is good only if all
 * threads can come to their end without that. The flaws looked for:
 *
 *     exclusion   two threads hold the same lock
 *     assertion   a thread comes to a false assertion
 *     deadlock    not all threads are at their end, and nobody can do a step (lost wake-ups too)
 *     left over   all are at their end, and a word is not FREE
 *     trap        steps go on, but from here no way leads to the end: a livelock for any scheduler
 */
import type { Action, Program, Step } from "./program.ts";
import { VALUE_COUNT, Value, WORD_COUNT } from "./words.ts";
import { StateTable } from "./state-table.ts";

export type FlawKind = "exclusion" | "assertion" | "deadlock" | "left over" | "trap";

/** One step of a trace. */
export interface Move {
  readonly thread: number;
  /** Place of the step in the thread's program, and where the thread was after it. */
  readonly at: number;
  readonly to: number;
  /** The word's value before an access or a wait. */
  readonly found: Value | null;
  /** The thread that a notify woke. */
  readonly woken: number | null;
}

export interface Flaw {
  readonly kind: FlawKind;
  readonly moves: readonly Move[];
  /** WORD_COUNT words, then the place of each thread. */
  readonly state: readonly number[];
}

export interface Exploration {
  readonly programs: readonly Program[];
  readonly states: number;
  /** Ways between states, early wake-ups not counted. */
  readonly ways: number;
  readonly flaw: Flaw | null;
  /** For each thread and place of its program: 1 if it was there. */
  readonly visited: readonly Uint8Array[];
}

/** More would be a mistake in the model, or in the choice of the programs. */
const STATES_MAX = 4_000_000;

/** Told of each step that is possible, while `state` is what it leads to. */
type Visit = (thread: number, at: number, found: Value | null, woken: number | null) => void;

class Threads {
  readonly #steps: readonly (readonly Step[])[];
  readonly width: number;

  constructor(programs: readonly Program[]) {
    this.#steps = programs.map(({ steps }) => steps);
    this.width = WORD_COUNT + programs.length;
  }

  /** A number for each state; exact, as all of them are below 2^53. */
  keyRadixes(): number[] {
    const radixes = [
      ...new Array<number>(WORD_COUNT).fill(VALUE_COUNT),
      ...this.#steps.map(({ length }) => length),
    ];
    const count = radixes.reduce((product, radix) => product * radix, 1);
    if (count > Number.MAX_SAFE_INTEGER) throw new Error("too many places to number the states");
    return radixes;
  }

  stepAt(state: Uint16Array, thread: number): Step {
    const at = state[WORD_COUNT + thread];
    return this.#steps[thread][at];
  }

  /** All steps from the state; `early`: those of sleepers that nobody woke, instead. */
  successors(state: Uint16Array, early: boolean, visit: Visit): void {
    for (let thread = 0; thread < this.#steps.length; thread++) {
      const at = state[WORD_COUNT + thread];
      const { action } = this.stepAt(state, thread);
      if (action.kind === "asleep") {
        if (early) this.#goOn(state, thread, at, action.next, visit);
      } else if (!early) {
        this.#step(state, thread, at, visit);
      }
      state[WORD_COUNT + thread] = at;
    }
  }

  #goOn(state: Uint16Array, thread: number, at: number, next: number, visit: Visit): void {
    state[WORD_COUNT + thread] = next;
    visit(thread, at, null, null);
  }

  /** What the thread can do by the step at `at`. */
  #step(state: Uint16Array, thread: number, at: number, visit: Visit): void {
    const { action } = this.#steps[thread][at];
    switch (action.kind) {
      case "access": {
        const found = state[action.word];
        state[action.word] = action.becomes[found];
        state[WORD_COUNT + thread] = action.next[found];
        visit(thread, at, found, null);
        state[action.word] = found;
        return;
      }
      case "wait": {
        const found = state[action.word];
        const sleeps = action.expected === null || action.expected === found;
        state[WORD_COUNT + thread] = sleeps ? at + 1 : action.next;
        visit(thread, at, found, null);
        return;
      }
      case "notify":
        this.#notify(state, thread, at, action, visit);
        return;
      case "choose":
        for (const next of action.next) this.#chosen(state, thread, at, next, visit);
        return;
      default:
    }
  }

  #notify(
    state: Uint16Array,
    thread: number,
    at: number,
    { word, next }: Action & { readonly kind: "notify" },
    visit: Visit,
  ): void {
    let isAlone = true;
    state[WORD_COUNT + thread] = next;
    for (let other = 0; other < this.#steps.length; other++) {
      const { action } = this.stepAt(state, other);
      if (other === thread || action.kind !== "asleep" || action.word !== word) continue;
      isAlone = false;
      const lay = state[WORD_COUNT + other];
      state[WORD_COUNT + other] = action.next;
      visit(thread, at, null, other);
      state[WORD_COUNT + other] = lay;
    }
    if (isAlone) visit(thread, at, null, null);
  }

  /** A choice is made together with the step behind it; the end has none. */
  #chosen(state: Uint16Array, thread: number, at: number, next: number, visit: Visit): void {
    const { kind } = this.#steps[thread][next].action;
    if (kind === "end" || kind === "fault") this.#goOn(state, thread, at, next, visit);
    else this.#step(state, thread, next, visit);
  }
}

class Search {
  readonly #programs: readonly Program[];
  readonly #threads: Threads;
  readonly #table: StateTable;
  /** For each state the one from which it was met first. */
  readonly #parents: number[] = [0];
  /** Ways out of each state, as they are found: `#wayStarts` tells whose they are. */
  readonly #ways: number[] = [];
  readonly #wayStarts: number[] = [];
  readonly #visited: readonly Uint8Array[];

  constructor(programs: readonly Program[]) {
    this.#programs = programs;
    this.#visited = programs.map(({ steps }) => new Uint8Array(steps.length));
    this.#threads = new Threads(programs);
    this.#table = new StateTable(this.#threads.keyRadixes());
  }

  run(): Exploration {
    let flaw: Flaw | null = null;
    const state = new Uint16Array(this.#threads.width);
    this.#table.add(state);
    for (let index = 0; index < this.#table.count && flaw === null; index++) {
      this.#table.read(index, state);
      const kind = this.#flawAt(state) ?? this.#expand(state, index);
      if (kind !== null) flaw = this.#flaw(kind, index);
    }
    if (flaw === null) {
      const trapped = this.#trapped();
      if (trapped !== null) flaw = this.#flaw("trap", trapped);
    }
    return {
      programs: this.#programs,
      states: this.#table.count,
      ways: this.#ways.length,
      flaw,
      visited: this.#visited,
    };
  }

  /** What is wrong with the state itself. */
  #flawAt(state: Uint16Array): FlawKind | null {
    let held = 0;
    for (const [thread, visited] of this.#visited.entries()) {
      visited[state[WORD_COUNT + thread]] = 1;
      const { holds, action } = this.#threads.stepAt(state, thread);
      if ((held & holds) !== 0) return "exclusion";
      if (action.kind === "fault") return "assertion";
      held |= holds;
    }
    return null;
  }

  #isEnd(state: Uint16Array): boolean {
    return this.#programs.every((_, thread) => {
      return this.#threads.stepAt(state, thread).action.kind === "end";
    });
  }

  /** Meets what follows the state. */
  #expand(state: Uint16Array, index: number): FlawKind | null {
    const meet = (): number => {
      const next = this.#table.add(state);
      if (next === this.#parents.length) this.#parents.push(index);
      return next;
    };
    const first = this.#ways.length;
    this.#wayStarts.push(first);
    this.#threads.successors(state, false, () => this.#ways.push(meet()));
    if (this.#ways.length === first) {
      if (!this.#isEnd(state)) return "deadlock";
      return state.subarray(0, WORD_COUNT).some((word) => word !== Value.FREE) ? "left over" : null;
    }
    this.#threads.successors(state, true, meet);
    if (this.#table.count > STATES_MAX) throw new Error("too many states");
    return null;
  }

  /**
   * A state from which the end cannot be reached, the first one met. Most ways lead to states that
   * were met later, so a few rounds from the last state to the first find all that reach it.
   */
  #trapped(): number | null {
    const reaches = new Uint8Array(this.#table.count);
    this.#wayStarts.push(this.#ways.length);
    let isChanging: boolean;
    do {
      isChanging = false;
      for (let index = reaches.length - 1; index >= 0; index--) {
        if (reaches[index] === 1 || !this.#leadsOn(index, reaches)) continue;
        reaches[index] = 1;
        isChanging = true;
      }
    } while (isChanging);
    const trapped = reaches.indexOf(0);
    return trapped === -1 ? null : trapped;
  }

  /** Whether the state is an end, or one step from a state that reaches one. */
  #leadsOn(index: number, reaches: Uint8Array): boolean {
    const from = this.#wayStarts[index];
    const to = this.#wayStarts[index + 1];
    for (let way = from; way < to; way++) {
      if (reaches[this.#ways[way]] === 1) return true;
    }
    return from === to;
  }

  #flaw(kind: FlawKind, index: number): Flaw {
    const moves: Move[] = [];
    for (let at = index; at !== 0; at = this.#parents[at]) moves.unshift(this.#move(at));
    const state = new Uint16Array(this.#threads.width);
    this.#table.read(index, state);
    return { kind, moves, state: [...state] };
  }

  /** The step by which a state was met first. */
  #move(target: number): Move {
    const state = new Uint16Array(this.#threads.width);
    this.#table.read(this.#parents[target], state);
    const moves: Move[] = [];
    const visit: Visit = (thread, at, found, woken) => {
      if (this.#table.find(state) !== target) return;
      moves.push({ thread, at, to: state[WORD_COUNT + thread], found, woken });
    };
    this.#threads.successors(state, false, visit);
    this.#threads.successors(state, true, visit);
    return moves[0];
  }
}

/** All interleavings of the programs, a thread for each; ends at the first flaw. */
export function explore(programs: readonly Program[]): Exploration {
  return new Search(programs).run();
}
