/**
 * Programs of the model: what one thread does to the lock words, one atomic action at a time.
 *
 * A program is a list of steps; between two of them any other thread may be at work. `Code` writes
 * it in the order of the source that it stands for. Branches go to labels:
 *
 *     const taken = code.label();
 *     code.compareExchange(word, FREE, HELD, taken);   // success goes to the label, the rest on
 *     code.place(taken);
 *
 * `Code` knows at each step which locks the thread holds then, as a bit mask, and insists that all
 * ways to a label hold the same. So mutual exclusion is a question about places: no two threads may
 * stand at steps that hold the same lock.
 */
import { VALUE_COUNT, Value, type Word, wordName } from "./words.ts";

/** Places by the value that was found in the word. */
type ByValue = readonly [free: number, held: number, contended: number];

/** One atomic action, and where the thread stands afterwards. */
export type Action =
  /** Reads the word, writes `becomes` of what it found, goes on by it. */
  | { readonly kind: "access"; readonly word: Word; readonly becomes: ByValue; next: ByValue }
  /**
   * Sleeps if the word is `expected`, compared and fallen asleep in one, or whatever it is (null).
   * The sleeper is at the step behind this one.
   */
  | { readonly kind: "wait"; readonly word: Word; readonly expected: Value | null; next: number }
  /** Not an action: here the thread lies until it is notified, or wakes up early. */
  | { readonly kind: "asleep"; readonly word: Word; next: number }
  /** Wakes one of those who sleep at the word, whichever. */
  | { readonly kind: "notify"; readonly word: Word; next: number }
  /** No step of its own: the thread does the first step of any of these. */
  | { readonly kind: "choose"; next: readonly number[] }
  | { readonly kind: "jump"; next: number }
  /** An assertion of the source does not hold. */
  | { readonly kind: "fault" }
  | { readonly kind: "end" };

export interface Step {
  readonly action: Action;
  /** What it does, and in which functions of the source, for traces. */
  readonly text: string;
  readonly place: string;
  /** Locks that the thread holds before this step. */
  readonly holds: number;
  /** Whether a lock is asked for here that will be waited for: the first step of `lock`. */
  readonly isRequest: boolean;
}

export interface Program {
  readonly name: string;
  readonly steps: readonly Step[];
}

export interface Label {
  at: number;
  /** Locks held there; unknown until the first way leads to it. */
  holds: number | null;
}

/** What a step changes of the locks that its thread holds. */
interface StepOptions {
  readonly gives?: Word;
  readonly isRequest?: boolean;
}

type Draft = Omit<Step, "action"> & { readonly action: (at: (label: Label) => number) => Action };

const KEEPS: ByValue = [Value.FREE, Value.HELD, Value.CONTENDED];

export class Code {
  readonly #drafts: Draft[] = [];
  readonly #fault: Label = { at: -1, holds: null };
  #places: string[] = [];
  /** null: no way leads here. */
  #holds: number | null = 0;

  label(): Label {
    return { at: -1, holds: null };
  }

  /** The label is the step that is written next. */
  place(label: Label): void {
    if (this.#holds !== null) this.#refer(label);
    if (label.holds === null) throw new Error("nothing leads to the label");
    label.at = this.#drafts.length;
    this.#holds = label.holds;
  }

  /** From here on the thread holds the lock. */
  take(word: Word): void {
    if (this.isHeld(word)) throw new Error(`${wordName(word)} is held already`);
    this.#holds = this.#here() | (1 << word);
  }

  isHeld(word: Word): boolean {
    return (this.#here() & (1 << word)) !== 0;
  }

  /** Whether a way leads to the step that is written next. */
  get isReached(): boolean {
    return this.#holds !== null;
  }

  /** Steps written by `body` belong to the function `name` of the source. */
  within(name: string, body: () => void): void {
    this.#places.push(name);
    body();
    this.#places.pop();
  }

  // ── Atomic actions ─────────────────────────────────────────────────────────────────────────────

  load(word: Word, value: Value, ifSo: Label, options: StepOptions = {}): void {
    const text = `load ${wordName(word)}, is it ${Value[value]}?`;
    this.#access(text, word, KEEPS, (found) => (found === value ? ifSo : null), options);
  }

  store(word: Word, value: Value, options: StepOptions = {}): void {
    const text = `store ${wordName(word)} ← ${Value[value]}`;
    this.#access(text, word, [value, value, value], () => null, options);
  }

  compareExchange(
    word: Word,
    expected: Value,
    value: Value,
    ifSo: Label,
    options: StepOptions = {},
  ): void {
    const text = `cmpxchg ${wordName(word)} ${Value[expected]} → ${Value[value]}`;
    const [free, held, contended] = KEEPS.map((found) => (found === expected ? value : found));
    const becomes: ByValue = [free, held, contended];
    this.#access(text, word, becomes, (found) => (found === expected ? ifSo : null), options);
  }

  /** `next` has a label for some values; the others go on. */
  exchange(
    word: Word,
    value: Value,
    next: Partial<Record<Value, Label>>,
    options: StepOptions = {},
  ): void {
    const text = `xchg ${wordName(word)} ← ${Value[value]}`;
    this.#access(text, word, [value, value, value], (found) => next[found] ?? null, options);
  }

  /** `expected` null: without a look at the word, which only planted bugs do. */
  wait(word: Word, expected: Value | null): void {
    const next = this.#drafts.length + 2;
    const name = wordName(word);
    const text = expected === null ? `wait at ${name}` : `wait at ${name} while ${Value[expected]}`;
    this.#add(text, () => ({ kind: "wait", word, expected, next }));
    this.#add(`asleep at ${name}`, () => ({ kind: "asleep", word, next }));
  }

  notify(word: Word): void {
    const next = this.#drafts.length + 1;
    this.#add(`notify ${wordName(word)}`, () => ({ kind: "notify", word, next }));
  }

  /** Where a false assertion of the source leads. */
  get fault(): Label {
    return this.#fault;
  }

  // ── Ways ───────────────────────────────────────────────────────────────────────────────────────

  /** The thread takes one of these ways: whatever the source decides it by is left open. */
  choose(...labels: Label[]): void {
    for (const label of labels) this.#refer(label);
    this.#add("a choice", (at) => ({ kind: "choose", next: labels.map(at) }));
    this.#holds = null;
  }

  jump(label: Label): void {
    this.#refer(label);
    this.#add("jump", (at) => ({ kind: "jump", next: at(label) }));
    this.#holds = null;
  }

  /** One of the bodies, whichever. */
  either(...bodies: (() => void)[]): void {
    const end = this.label();
    const labels = bodies.map(() => this.label());
    this.choose(...labels);
    for (const [index, body] of bodies.entries()) {
      this.place(labels[index]);
      body();
      if (this.#holds !== null) this.jump(end);
    }
    this.place(end);
  }

  maybe(body: () => void): void {
    this.either(body, () => {});
  }

  /** The program is complete; a lock that is still held is its author's mistake. */
  finish(name: string): Program {
    if (this.#here() !== 0) throw new Error(`${name} ends with a lock held`);
    this.#add("end", () => ({ kind: "end" }));
    if (this.#fault.holds !== null) {
      this.#holds = this.#fault.holds;
      this.#fault.at = this.#drafts.length;
      this.#add("a false assertion", () => ({ kind: "fault" }));
    }
    const actions = this.#drafts.map(({ action }) => action((label) => label.at));
    const steps = this.#drafts.map((draft, index) => {
      return { ...draft, action: settled(actions, index) };
    });
    return { name, steps };
  }

  #here(): number {
    if (this.#holds === null) throw new Error("no way leads here");
    return this.#holds;
  }

  #refer(label: Label): void {
    const holds = this.#here();
    label.holds ??= label === this.#fault ? 0 : holds;
    if (label !== this.#fault && label.holds !== holds) throw new Error("ways differ in locks");
  }

  #add(text: string, action: Draft["action"], options: StepOptions = {}): void {
    const place = this.#places.join(" › ");
    const { isRequest = false } = options;
    this.#drafts.push({ action, text, place, holds: this.#here(), isRequest });
  }

  #access(
    text: string,
    word: Word,
    becomes: ByValue,
    labelOf: (found: Value) => Label | null,
    options: StepOptions,
  ): void {
    const on = this.#drafts.length + 1;
    const labels = KEEPS.map((found) => labelOf(found));
    this.#add(
      text,
      (at) => {
        const [free, held, contended] = labels.map((label) => (label === null ? on : at(label)));
        const next: ByValue = [free, held, contended];
        return { kind: "access", word, becomes, next };
      },
      options,
    );
    if (options.gives !== undefined) this.#holds = this.#here() & ~(1 << options.gives);
    for (const label of labels) if (label !== null) this.#refer(label);
  }
}

/** The action at a place, leading past all jumps, and a choice past all choices, to real steps. */
function settled(actions: readonly Action[], index: number): Action {
  const settle = (at: number): number => {
    const action = actions[at];
    return action.kind === "jump" ? settle(action.next) : at;
  };
  const action = actions[index];
  switch (action.kind) {
    case "access": {
      const [free, held, contended] = action.next;
      return { ...action, next: [settle(free), settle(held), settle(contended)] };
    }
    case "choose": {
      const met = new Set([index]);
      for (const at of met) {
        const way = actions[at];
        if (way.kind === "choose") for (const next of way.next) met.add(settle(next));
      }
      return { ...action, next: [...met].filter((at) => actions[at]?.kind !== "choose") };
    }
    case "wait":
    case "asleep":
    case "notify":
    case "jump":
      return { ...action, next: settle(action.next) };
    default:
      return action;
  }
}

if (KEEPS.length !== VALUE_COUNT) throw new Error("a word has three values");
