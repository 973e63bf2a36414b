/**
 * Workload: settings that one connection each changes, while all read them.
 *
 * The same rule as for registers: from the moment a change is acknowledged, whoever asks sees it or
 * a later one, whichever thread serves him, and whatever else is changed at the same time.
 */
import type { Batch } from "./batch.ts";
import type { LoadClient } from "./load-client.ts";
import type { Random } from "../support/random.ts";
import { Violation, unexpected } from "./violation.ts";
import { type Workload, exchangeOnce } from "./workload.ts";

const MEMLIMIT_MIN = 8;
const MEBIBYTE = 2 ** 20;

interface Setting {
  /** Its line in `stats settings`. */
  readonly name: string;
  readonly owner: number;
  /** Pairs of a command and what is shown after it. */
  readonly choices: readonly (readonly [string, string])[];
  readonly states: string[];
  acknowledged: number;
}

function settingOf(
  name: string,
  owner: number,
  first: string,
  choices: readonly (readonly [string, string])[],
): Setting {
  return { name, owner, choices, states: [first], acknowledged: 0 };
}

/** In an exact world there has to be room for everything: there it only goes up. */
function memoryLimit(memoryMiB: number, isExact: boolean): Setting {
  const least = isExact ? memoryMiB : Math.max(MEMLIMIT_MIN, memoryMiB >> 2);
  const choices = [least, memoryMiB, memoryMiB + 1].map((mebibytes) => {
    return [`cache_memlimit ${mebibytes}`, String(mebibytes * MEBIBYTE)] as const;
  });
  return settingOf("maxbytes", 2, String(memoryMiB * MEBIBYTE), choices);
}

export class LiveSettings implements Workload {
  readonly #settings: readonly Setting[];

  /** @param memoryMiB `-m`; below the least that `cache_memlimit` takes it is left alone */
  constructor(memoryMiB: number, isExact: boolean) {
    const settings = [
      settingOf("verbosity", 0, "0", [
        ["verbosity 0", "0"],
        ["verbosity 1", "1"],
      ]),
      settingOf("detail_enabled", 1, "no", [
        ["stats detail on", "yes"],
        ["stats detail off", "no"],
      ]),
    ];
    if (memoryMiB >= MEMLIMIT_MIN) settings.push(memoryLimit(memoryMiB, isExact));
    this.#settings = settings;
  }

  /** It stores nothing. */
  *keys(): Iterable<string> {
    yield* [];
  }

  add(batch: Batch, random: Random, writer: number): void {
    const own = this.#settings.filter(({ owner }) => owner === writer);
    for (const setting of own) this.#change(batch, random, setting);
    if (own.length > 0 || random.oneIn(5)) this.#read(batch, writer);
  }

  #change(batch: Batch, random: Random, setting: Setting): void {
    const [command, state] = random.pick(setting.choices);
    const index = setting.states.push(state) - 1;
    batch.line(command, (line) => {
      if (line !== "OK") throw unexpected(command, "OK", line);
      setting.acknowledged = index;
    });
  }

  #read(batch: Batch, reader: number | null): void {
    const floors = this.#settings.map(({ owner, acknowledged, states }) =>
      reader === owner || reader === null ? states.length - 1 : acknowledged,
    );
    batch.lines("stats settings", (lines) => {
      for (const [i, { name, states }] of this.#settings.entries()) {
        const line = lines.find((one) => one.startsWith(`STAT ${name} `)) ?? "";
        const state = line.slice(`STAT ${name} `.length);
        if (states.includes(state, floors[i])) continue;
        throw new Violation("a change of a setting was acknowledged, and is not there", {
          setting: name,
          got: state,
          "last states": states.slice(floors[i]).join(" "),
          reader: reader ?? "the final check",
        });
      }
    });
  }

  async verify(client: LoadClient): Promise<number> {
    await exchangeOnce(client, (batch) => this.#read(batch, null));
    return 0;
  }
}
