/**
 * Declared differences of the admin commands.
 */
import type { Declared } from "./declaration.ts";

/**
 * Figures of stats slabs that two servers with the same history share. Which dead items are linked
 * still, and so what `stats items` says, depends on seconds and on the background.
 */
const CLASS_FIGURE = new RegExp(
  [
    "^\\d+:(chunk_size|chunks_per_page|total_pages|total_chunks|free_chunks_end)$",
    "^\\d+:(cmd_set|delete_hits|incr_hits|decr_hits|cas_hits|cas_badval)$",
    "^(active_slabs|total_malloced)$",
  ].join("|"),
);

export function isClassFigure(name: string): boolean {
  return CLASS_FIGURE.test(name);
}

export const DECLARED_ADMIN: readonly Declared[] = [
  {
    reason: "keys are dumped in the order of a hash table, or of queues that the background moves",
    normalise: (reply) =>
      reply.replace(/(?:^key=[^\n]*\n)+/gm, (lines) => {
        const sorted = lines.trimEnd().split("\n").sort();
        return `${sorted.join("\n")}\n`;
      }),
  },
  {
    reason: "times depend on when a second ends",
    normalise: (reply) =>
      reply.replace(/^(key=\S+ exp=)(-1|\d+) la=\d+/gm, (_, head: string, exp: string) => {
        return `${head}${exp === "-1" ? exp : "?"} la=?`;
      }),
  },
  {
    reason: "1.6.18 begins no dump with OK, ends its lines without flags, and has other uniques",
    profile: "older",
    normalise: (reply) =>
      reply
        .replace(/^OK\r\n(?=(?:key=[^\n]*\n)*END\r\n)/, "")
        .replace(/^(key=[^\n]*) cas=\d+ ([^\n]*size=\d+)[^\n]*$/gm, "$1 cas=? $2"),
  },
  {
    reason: "1.6.18 has neither mgdump nor window and freeratio of automove",
    profile: "older",
    avoid: ({ words }) =>
      words[1] === "mgdump" ||
      (words[1] === "automove" && /^(window|freeratio)$/.test(words[2] ?? "")),
  },
  {
    reason: "1.6.18 rests after each thousand buckets of a dump by hash: that may take a minute",
    profile: "older",
    avoid: ({ words }) => words[1] === "metadump" && words[2] === "hash",
  },
];
