/**
 * The transcripts held by our connection state machine over several linear memories: it must not
 * show how many there are, but for what is declared here.
 */
import { inProcessSubject } from "../support/in-process.ts";
import { testTranscripts } from "./conversations.ts";

const UNIQUES = "each memory counts its CAS uniques by itself, 2^44 from the next one's";

testTranscripts(inProcessSubject(3), {
  "binary.md: append compares the unique as well": UNIQUES,
  "binary.md: binary delete": UNIQUES,
  "binary.md: compare and swap": UNIQUES,
  "cas.md: the first unique is 2": UNIQUES,
  "cas.md: every store attempt uses up a unique": UNIQUES,
  "meta-arithmetic.md: compare": UNIQUES,
  "meta-arithmetic.md: return flags": UNIQUES,
  "meta-set.md: return flags": UNIQUES,
  "meta-set.md: a unique of one's own": UNIQUES,
  "stats.md: store counters": UNIQUES,
  "storage.md: append changes the CAS unique": UNIQUES,
  "stats-detail.md: cachedump": "items are listed memory by memory, in each the newest first",
});
