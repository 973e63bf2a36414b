/**
 * Goal: gomemcache works with the server: it reads with gets, is strict about the line of a value,
 * and takes any other reply to incr for a number.
 * Method: peer-scripts/gomemcache-session.go, part by part; built from Debian's sources, offline.
 */

import { afterAll, beforeAll } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { peerScript, testSessions } from "../support/client-session.ts";
import { GO_PACKAGES, hasPeer } from "../support/peers.ts";

const GO_BUILD_MS = 120_000;

const folder = mkdtempSync(join(tmpdir(), "wasmcached-go-"));
const program = join(folder, "gomemcache-session");

const GO = {
  peer: "golang-github-bradfitz-gomemcache-dev",
  name: "gomemcache",
  command: [program],
  parts: ["storing", "many", "counting", "unique", "times", "sizes", "administration"],
} as const;

beforeAll(async () => {
  if (!hasPeer(GO.peer)) return;
  const child = Bun.spawn(["go", "build", "-o", program, peerScript("gomemcache-session.go")], {
    env: {
      PATH: process.env["PATH"],
      GOPATH: GO_PACKAGES,
      GOCACHE: join(folder, "cache"),
      GO111MODULE: "off",
      CGO_ENABLED: "0",
    },
    stdin: "ignore",
    stderr: "pipe",
    timeout: GO_BUILD_MS,
    killSignal: "SIGKILL",
  });
  const errors = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) throw new Error(`go build: ${errors}`);
}, GO_BUILD_MS);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

testSessions(GO, "text");
