/**
 * The transcripts held by native memcached: what they expect is what it does.
 */
import { test } from "bun:test";
import { NO_NATIVE, nativeSubject, skipped } from "../support/subjects.ts";
import { testTranscripts } from "./conversations.ts";

const subject = nativeSubject();
if (subject === null) test.skip(skipped("transcripts with native memcached", NO_NATIVE), () => {});
else testTranscripts(subject);
