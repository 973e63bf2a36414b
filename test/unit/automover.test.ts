/**
 * Goal: the automover moves a page where specification §8.11 says so, and nowhere else.
 * Method: classes made of numbers, one second after the other; each rule once met and once missed.
 */
import { Automover, type Classes, type Move } from "../../src/core/automover.ts";
import { ClassCounter, ClassGauge, Gauge } from "../../assembly/shared/counters.ts";
import { describe, expect, test } from "bun:test";

const WINDOW = 5;
const PER_PAGE = 10;
const POOL = 0;

interface FakeClass {
  pages: number;
  age: number;
  free?: number;
  /** Totals, as counters are. */
  evicted?: number;
  outOfMemory?: number;
}

class World implements Classes {
  readonly classes: FakeClass[];
  readonly settings = {
    slabAutomoveRatio: 0.8,
    slabAutomoveWindow: WINDOW,
    slabAutomoveFreeRatio: 0.01,
  };
  readonly automover = new Automover(this, this.settings);
  limit: number;

  /** @param classes from class 1 on; all memory is taken */
  constructor(...classes: FakeClass[]) {
    this.classes = classes;
    this.limit = classes.reduce((sum, { pages }) => sum + pages, 0);
  }

  get classIdMax(): number {
    return this.classes.length;
  }

  gauge(which: Gauge): number {
    if (which === Gauge.PAGES_LIMIT) return this.limit;
    if (which !== Gauge.PAGES_TAKEN) throw new Error(`asked for gauge ${which}`);
    return this.classes.reduce((sum, { pages }) => sum + pages, 0);
  }

  classCounter(classId: number, which: ClassCounter): number {
    const { evicted = 0, outOfMemory = 0 } = this.#of(classId);
    return which === ClassCounter.EVICTED ? evicted : outOfMemory;
  }

  readonly abi = {
    classGauge: (classId: number, which: number): number => {
      const { pages, age, free = 0 } = this.#of(classId);
      if (which === ClassGauge.PAGES) return pages;
      if (which === ClassGauge.AGE) return age;
      return which === ClassGauge.FREE_CHUNKS ? free : PER_PAGE;
    },
  };

  #of(classId: number): FakeClass {
    const found = this.classes[classId - 1];
    if (found === undefined) throw new Error(`asked for class ${classId}`);
    return found;
  }

  /** Decisions of so many seconds; `pass` says what happens before each. */
  seconds(count: number, pass: (second: number) => void = () => undefined): (Move | null)[] {
    return Array.from({ length: count }, (_, second) => {
      pass(second);
      return this.automover.decide();
    });
  }

  evict(classId: number, count: number): void {
    const one = this.#of(classId);
    one.evicted = (one.evicted ?? 0) + count;
  }
}

function nothing(seconds: number): null[] {
  return new Array<null>(seconds).fill(null);
}

/** Class 1 is old and has pages, class 2 is young and evicts each second. */
function decisions(old: Partial<FakeClass>, young: Partial<FakeClass>, often = () => true) {
  const world = new World({ pages: 3, age: 100, ...old }, { pages: 1, age: 10, ...young });
  return world.seconds(WINDOW + 1, (second) => {
    if (second === 0 || often()) world.evict(2, 1);
  });
}

/** Class 3 evicts each second, class 2 so many items in the last two: the last decision. */
function lastDecision(count: number): Move | null | undefined {
  const world = new World({ pages: 3, age: 100 }, { pages: 1, age: 10 }, { pages: 1, age: 500 });
  return world
    .seconds(WINDOW, (second) => {
      if (second > 0) world.evict(3, 1000);
      if (second >= WINDOW - 2) world.evict(2, count);
    })
    .at(-1);
}

describe("from the oldest class to the youngest that evicts", () => {
  const move = { from: 1, to: 2 };

  test("once the window is full, and then each second", () => {
    // Evictions before the first look are of another time.
    expect(decisions({}, {})).toEqual([...nothing(WINDOW - 1), move, move]);
  });

  test("not where the source has two pages", () => {
    expect(decisions({ pages: 2 }, {})).toEqual(nothing(WINDOW + 1));
  });

  test.each([
    [79, true],
    [80, false],
  ])("the young one's age of %i is young enough beside 100: %j", (age, isMoved) => {
    expect(decisions({}, { age }).at(-1)).toEqual(isMoved ? move : null);
  });

  test("not where nobody evicts", () => {
    expect(decisions({}, {}, () => false)).toEqual(nothing(WINDOW + 1));
  });

  test("not within one class, that is the oldest and the only one to evict", () => {
    const world = new World({ pages: 3, age: 100 }, { pages: 1, age: 1000 });
    expect(world.seconds(WINDOW + 1, () => world.evict(1, 1))).toEqual(nothing(WINDOW + 1));
  });

  test("ages are means of the window", () => {
    const world = new World({ pages: 3, age: 0 }, { pages: 1, age: 60 });
    const found = world.seconds(WINDOW + 1, (second) => {
      // 0, 0, 0, 500, 500: a mean of 200.
      if (second === WINDOW - 2) (world.classes[0] as FakeClass).age = 500;
      world.evict(2, 1);
    });
    expect(found).toEqual([...nothing(WINDOW - 1), move, move]);
  });

  test("who evicts in most samples counts, if little; but not in a second without", () => {
    const world = new World({ pages: 3, age: 100 }, { pages: 1, age: 10 }, { pages: 1, age: 200 });
    const evicts = [true, true, true, false, true, false];
    const found = world.seconds(evicts.length, (second) => {
      world.evict(3, 1000);
      if (evicts[second] === true) world.evict(2, 1);
    });
    // The samples of class 2: none (the first look), 1, 1, 0, 1; then 0.
    const toThird = { from: 1, to: 3 };
    expect(found.slice(0, WINDOW)).toEqual([...nothing(WINDOW - 1), move]);
    expect(found[WINDOW]).not.toEqual(toThird);
    expect(found[WINDOW]).toBe(null);
  });

  test("who evicts seldom counts with a quarter of all evictions", () => {
    // In two of five samples: a share of 2/5 of nearly all, or of nearly nothing.
    expect(lastDecision(100_000)).toEqual(move);
    expect(lastDecision(1)).toBe(null);
  });

  test("`stats reset` takes counts back: that is no eviction", () => {
    const world = new World({ pages: 3, age: 100 }, { pages: 1, age: 10, evicted: 1000 });
    world.seconds(1);
    (world.classes[1] as FakeClass).evicted = 0;
    expect(world.seconds(WINDOW)).toEqual(nothing(WINDOW));
  });

  test.each(["slabAutomoveRatio", "slabAutomoveWindow", "slabAutomoveFreeRatio"] as const)(
    "a new %s begins anew",
    (setting) => {
      const world = new World({ pages: 3, age: 100 }, { pages: 1, age: 10 });
      const pass = (): void => world.evict(2, 1);
      expect(world.seconds(WINDOW, pass).at(-1)).toEqual(move);
      world.settings[setting] = setting === "slabAutomoveWindow" ? WINDOW + 1 : 0.5;
      const window = world.settings.slabAutomoveWindow;
      expect(world.seconds(window, pass)).toEqual([...nothing(window - 1), move]);
    },
  );
});

describe("to the pool", () => {
  const toPool = { from: 1, to: POOL };

  test("free chunks of more than two and a half pages, at once", () => {
    const world = new World({ pages: 4, age: 1, free: 2.5 * PER_PAGE + 1 }, { pages: 1, age: 1 });
    expect(world.seconds(2)).toEqual([toPool, toPool]);
  });

  test("not with two and a half pages", () => {
    const world = new World({ pages: 4, age: 1, free: 2.5 * PER_PAGE }, { pages: 1, age: 1 });
    expect(world.seconds(WINDOW + 1)).toEqual(nothing(WINDOW + 1));
  });

  test("not while there is memory that nobody has", () => {
    const world = new World({ pages: 4, age: 1, free: 40 });
    world.limit = 5;
    expect(world.seconds(WINDOW + 1)).toEqual(nothing(WINDOW + 1));
    world.limit = 4;
    expect(world.seconds(1)).toEqual([toPool]);
  });

  test.each([
    ["evicted", (one: FakeClass) => (one.evicted = 1)],
    ["ran out of memory", (one: FakeClass) => (one.outOfMemory = 1)],
    ["got a page", (one: FakeClass) => one.pages++],
  ])("not while the window has a second in which the class %s", (_, happen) => {
    const world = new World({ pages: 4, age: 1, free: 40 });
    const one = world.classes[0] as FakeClass;
    const found = world.seconds(WINDOW + 2, (second) => {
      if (second === 1) happen(one);
    });
    expect(found).toEqual([toPool, ...nothing(WINDOW), toPool]);
  });

  test("before a move for the sake of age", () => {
    const world = new World({ pages: 4, age: 1, free: 40 }, { pages: 3, age: 100 });
    (world.classes[1] as FakeClass).pages = 3;
    world.classes.push({ pages: 1, age: 10 });
    world.limit = 8;
    expect(world.seconds(WINDOW, () => world.evict(3, 1)).at(-1)).toEqual(toPool);
    (world.classes[0] as FakeClass).free = 0;
    expect(world.seconds(1, () => world.evict(3, 1))).toEqual([{ from: 2, to: 3 }]);
  });
});
