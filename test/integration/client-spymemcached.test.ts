/**
 * Goal: spymemcached, Java's client with many operations on their way at once, works with the
 * server over both protocols. It closes the connection after each error of the text protocol.
 * Method: peer-scripts/spymemcached-session.java, part by part.
 */

import { peerScript, testLogin, testSessions } from "../support/client-session.ts";
import { SPYMEMCACHED } from "../support/peers.ts";

// Half of a session is the start of Java, which is quickest without its second compiler.
const OPTIONS = [
  "-XX:TieredStopAtLevel=1",
  "-XX:+UseSerialGC",
  "-XX:-UsePerfData",
  "-cp",
  SPYMEMCACHED,
];

const SPY = {
  peer: "libspymemcached-java",
  name: "spymemcached",
  command: ["java", ...OPTIONS, peerScript("spymemcached-session.java")],
  parts: [
    "storing",
    "kinds",
    "asynchronous",
    "counting",
    "unique",
    "times",
    "sizes",
    "administration",
  ],
} as const;

testSessions(SPY, "text");
testSessions(SPY, "binary");
testLogin(SPY);
