/**
 * Goal: pylibmc, which is libmemcached for Python, works with the server over both protocols.
 * Method: peer-scripts/pylibmc-session.py, part by part.
 */

import { peerScript, testLogin, testSessions } from "../support/client-session.ts";
import { SYSTEM_PYTHON } from "../support/peers.ts";

const PYLIBMC = {
  peer: "python3-pylibmc",
  name: "pylibmc",
  command: [SYSTEM_PYTHON, "-B", peerScript("pylibmc-session.py")],
  parts: [
    "storing",
    "many",
    "kinds",
    "counting",
    "unique",
    "times",
    "sizes",
    "pooled",
    "administration",
  ],
} as const;

testSessions(PYLIBMC, "text");
testSessions(PYLIBMC, "binary");
testLogin(PYLIBMC);
