/**
 * The transcripts held by our server over TCP.
 */
import { ownSubject } from "../support/subjects.ts";
import { testTranscripts } from "./conversations.ts";

testTranscripts(ownSubject());
