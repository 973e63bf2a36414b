/**
 * The transcripts held by our server over TCP, with several threads.
 */
import { ownThreadedSubject } from "../support/subjects.ts";
import { testTranscripts } from "./conversations.ts";

testTranscripts(ownThreadedSubject());
