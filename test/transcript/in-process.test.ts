/**
 * The transcripts held by our connection state machine without a socket.
 */
import { inProcessSubject } from "../support/in-process.ts";
import { testTranscripts } from "./conversations.ts";

testTranscripts(inProcessSubject());
