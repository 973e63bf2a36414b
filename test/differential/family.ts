/**
 * Families of commands: which are mixed with which, and with which options servers run then.
 *
 * The background holds items for moments, and a number that is held is not changed where it is: so
 * numbers do not go together with it. Nor do runs of the crawler that come by themselves with those
 * that are asked for: which of them is refused would be chance.
 */
import { ADMIN_GENERATORS, CRAWL_GENERATORS } from "./admin-generators.ts";
import { GENERATORS, type Generator } from "./generators.ts";

export type Family = "data" | "lru" | "crawler";

export const FAMILIES: readonly Family[] = ["data", "lru", "crawler"];

/** Commands whose answers do not depend on what is held. */
const STEADY =
  "set add replace get touch delete flush_all verbosity version cache_memlimit stats nonsense";

function some(names: string): Record<string, Generator> {
  return Object.fromEntries(
    Object.entries(GENERATORS).filter(([name]) => names.split(" ").includes(name)),
  );
}

interface FamilyParts {
  readonly generators: Readonly<Record<string, Generator>>;
  /** Words of `-o`. */
  readonly options: string;
}

export const FAMILY_PARTS: Readonly<Record<Family, FamilyParts>> = {
  data: {
    generators: { ...GENERATORS, ...ADMIN_GENERATORS },
    options: "no_lru_maintainer,no_lru_crawler",
  },
  /** As an operator runs it: with segments and all that works in the background. */
  lru: { generators: { ...some(STEADY), ...ADMIN_GENERATORS }, options: "lru_maintainer" },
  /** The crawler walks when it is asked to. */
  crawler: {
    generators: { ...some(STEADY), ...ADMIN_GENERATORS, ...CRAWL_GENERATORS },
    options: "no_lru_maintainer,lru_crawler",
  },
};

/** Options of a server; ours has memcached's sizes and classes then. */
export function optionsOf(family: Family, isNative: boolean): string[] {
  const { options } = FAMILY_PARTS[family];
  return ["-o", isNative ? options : `${options},classic_sizes`];
}
