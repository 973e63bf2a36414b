/**
 * The transcripts with every request cut at every place: no reply may depend on how bytes arrive.
 */
import { inProcessSubject } from "../support/in-process.ts";
import { testSplitTranscripts } from "./conversations.ts";

testSplitTranscripts(inProcessSubject());
