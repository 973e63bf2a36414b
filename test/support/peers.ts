/** Programs that tests talk to or compare with; a test whose peer is absent says so in its name. */

import { test } from "bun:test";
import { existsSync } from "node:fs";

/** Debian's Python: its packages are not seen by other Pythons on the path. */
export const SYSTEM_PYTHON = "/usr/bin/python3";

/** Where Debian puts what Java and Go programs are built with. */
export const SPYMEMCACHED = "/usr/share/java/spymemcached.jar";
export const GO_PACKAGES = "/usr/share/gocode";

/** What a program in C needs whose core comes from wasm2c: of wabt, and of the C library. */
const C_HEADERS = ["/usr/include/wasm-rt.h", "/usr/include/stdio.h"];

/** A Node that promises shared memory, of 22 or newer; npm's scripts may have an older one. */
export const NODE_22 = Bun.which("node-22") ?? "node";

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
  "node-22": (): boolean =>
    runs(NODE_22, "-e", "process.exit(parseInt(process.versions.node) >= 22 ? 0 : 1)"),
  chromium: (): boolean => Bun.which("chromium") !== null,
  telnet: (): boolean => Bun.which("telnet") !== null,
  openssl: (): boolean => Bun.which("openssl") !== null,
  "python3-pymemcache": (): boolean =>
    existsSync(SYSTEM_PYTHON) && runs(SYSTEM_PYTHON, "-c", "import pymemcache"),
  "libmemcached-tools": (): boolean => Bun.which("memccapable") !== null,
  "libcache-memcached-perl": (): boolean =>
    Bun.which("perl") !== null && runs("perl", "-MCache::Memcached", "-e", "1"),
  "php-memcached": (): boolean =>
    Bun.which("php") !== null && runs("php", "-r", "exit(class_exists('Memcached') ? 0 : 1);"),
  "python3-pylibmc": (): boolean =>
    existsSync(SYSTEM_PYTHON) && runs(SYSTEM_PYTHON, "-c", "import pylibmc"),
  "ruby-dalli": (): boolean => Bun.which("ruby") !== null && runs("ruby", "-rdalli", "-e", "1"),
  // Sessions are Java sources, so a compiler has to be there.
  "libspymemcached-java": (): boolean => Bun.which("javac") !== null && existsSync(SPYMEMCACHED),
  "golang-github-bradfitz-gomemcache-dev": (): boolean =>
    Bun.which("go") !== null && existsSync(`${GO_PACKAGES}/src/github.com/bradfitz/gomemcache`),
  nginx: (): boolean => Bun.which("nginx") !== null,
  nutcracker: (): boolean => Bun.which("nutcracker") !== null,
  // wasm2c makes C of the core: a compiler has to be there.
  wabt: (): boolean =>
    Bun.which("wasm2c") !== null && Bun.which("cc") !== null && C_HEADERS.every(existsSync),
} as const;

export type Peer = keyof typeof PRESENT;

/** Every name that a skipped test may give. */
export const PEERS = Object.keys(PRESENT) as readonly Peer[];

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
