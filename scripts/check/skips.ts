/**
 * Whether a skipped test may be skipped.
 *
 * One reason is good: a program to test against is absent on this machine. Its title, or that of
 * its group, then ends in `(skipped: <peer> is not installed)`, or "absent", or "missing". Where a
 * peer is required, as in CI, its absence is a failure; a skip without such a reason always is,
 * because nobody would ever notice that the test does not run.
 */

/** At the end of the test's own title, or of the title of a group around it. */
const REASON = /\(skipped: (.*?)\)(?= > |$)/;
const ABSENCE = /\b(is|are) (not installed|absent|missing)\b/;

/** Why the skip of a test with this name is a failure, or null. */
export function skipProblem(name: string, requiredPeers: readonly string[]): string | null {
  const reason = REASON.exec(name)?.[1];
  if (reason === undefined) return "skipped without a reason";
  const words = reason.split(/[^\w.+-]+/);
  const required = requiredPeers.find((peer) => words.includes(peer));
  if (required !== undefined) return `skipped, but ${required} is required here`;
  return ABSENCE.test(reason) ? null : "skipped for another reason than an absent peer";
}

/** The peers of WASMCACHED_REQUIRE_PEERS: names with commas between them. */
export function parsePeers(text: string | undefined): string[] {
  return (text ?? "")
    .split(",")
    .map((peer) => peer.trim())
    .filter((peer) => peer !== "");
}
