/**
 * Goal: Dalli, Ruby's client, works with the server. Debian's is 3.0: the binary protocol, quiet
 * commands included.
 * Method: peer-scripts/dalli-session.rb, part by part.
 */

import { peerScript, testLogin, testSessions } from "../support/client-session.ts";

const DALLI = {
  peer: "ruby-dalli",
  name: "Dalli",
  command: ["ruby", peerScript("dalli-session.rb")],
  parts: ["storing", "kinds", "many", "counting", "unique", "times", "sizes", "administration"],
} as const;

testSessions(DALLI, "binary");
testLogin(DALLI);
