/** Programs that tests talk to or compare with; a test whose peer is absent says so in its name. */

import { test } from "bun:test";
import { existsSync } from "node:fs";

/** Debian's Python: its packages are not seen by other Pythons on the path. */
export const SYSTEM_PYTHON = "/usr/bin/python3";

function runs(...command: string[]): boolean {
  try {
    return Bun.spawnSync(command, { stdout: "ignore", stderr: "ignore" }).exitCode === 0;
  } catch {
    return false;
  }
}

/** How each peer is recognised, by the name it has in test names. */
const PRESENT = {
  memcached: (): boolean => Bun.which("memcached") !== null,
  // -N exists in OpenBSD's netcat only.
  nc: (): boolean => Bun.which("nc") !== null && !runs("nc", "--version"),
  chromium: (): boolean => Bun.which("chromium") !== null,
  telnet: (): boolean => Bun.which("telnet") !== null,
  openssl: (): boolean => Bun.which("openssl") !== null,
  "python3-pymemcache": (): boolean =>
    existsSync(SYSTEM_PYTHON) && runs(SYSTEM_PYTHON, "-c", "import pymemcache"),
  "libmemcached-tools": (): boolean => Bun.which("memccapable") !== null,
  "libcache-memcached-perl": (): boolean =>
    Bun.which("perl") !== null && runs("perl", "-MCache::Memcached", "-e", "1"),
} as const;

export type Peer = keyof typeof PRESENT;

type TestBody = () => void | Promise<void>;

const known = new Map<Peer, boolean>();

export function hasPeer(peer: Peer): boolean {
  let present = known.get(peer);
  if (present === undefined) {
    present = PRESENT[peer]();
    known.set(peer, present);
  }
  return present;
}

/** A test that needs a peer; skipped by name without it. */
export function testWith(peer: Peer, name: string, body: TestBody, limitMs = 15_000): void {
  if (hasPeer(peer)) test(name, body, limitMs);
  else test.skip(`${name} (skipped: ${peer} is not installed)`, body);
}
