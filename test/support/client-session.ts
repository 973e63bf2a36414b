/**
 * Tests that hold a session of a client in another language: a script of test/integration/
 * peer-scripts, started as `<command> <port> text|binary` or `<command> <port> login <user>
 * <password>`.
 *
 * A script prints the name of each part once all of it was as expected, and nothing else; so a
 * part that was left out shows as well as one that failed.
 */
import { afterAll, expect } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./command-run.ts";
import { untilAlone } from "./item-memory.ts";
import { LiveServer } from "./live-server.ts";
import { type Peer, testWith } from "./peers.ts";

const SCRIPTS = join(import.meta.dirname, "../integration/peer-scripts");

/** Most sessions take a second or two; on a busy machine several times that. */
const LIMIT_MS = 60_000;

export function peerScript(name: string): string {
  return join(SCRIPTS, name);
}

export interface SessionClient {
  readonly peer: Peer;
  /** What a test is to call it. */
  readonly name: string;
  readonly command: readonly string[];
  readonly parts: readonly string[];
}

/** What `-B` calls them. */
const PROTOCOLS = { text: "ascii", binary: "binary" } as const;

async function holdSession(
  client: SessionClient,
  server: LiveServer,
  words: readonly string[],
  parts: readonly string[],
): Promise<void> {
  const command = [...client.command, String(server.port), ...words];
  const { code, text, errors } = await run(command, { limitMs: LIMIT_MS });
  expect(errors).toBe("");
  expect(text.trimEnd().split("\n")).toEqual([...parts]);
  expect(code).toBe(0);
  expect(server.errors).toBe("");
}

/**
 * All parts over one protocol: on one thread where nothing else is spoken, so that the client
 * cannot have used the other protocol, and on the default server, which hears what is spoken.
 */
export function testSessions(client: SessionClient, protocol: keyof typeof PROTOCOLS): void {
  const { peer, name, parts } = client;
  const only = ["-t", "1", "-B", PROTOCOLS[protocol]];
  const title = `${name}: a session over the ${protocol} protocol`;
  testWith(
    peer,
    `${title}, ${only.join(" ")}`,
    async () => {
      await using server = await LiveServer.start(only);
      await holdSession(client, server, [protocol], parts);
    },
    LIMIT_MS,
  );
  testWith(
    peer,
    `${title}, default threads`,
    async () => {
      await using server = await LiveServer.start();
      await holdSession(client, server, [protocol], parts);
      await untilAlone(server);
    },
    LIMIT_MS,
  );
}

/** A user and a server that knows him by SASL. */
export function testLogin(client: SessionClient): void {
  const folder = mkdtempSync(join(tmpdir(), "wasmcached-login-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  testWith(
    client.peer,
    `${client.name}: SASL lets in who has the password, -S`,
    async () => {
      const file = join(folder, "passwords");
      writeFileSync(file, "ada:secret\n");
      const environment = { MEMCACHED_SASL_PWDB: file };
      await using server = await LiveServer.start(["-S"], { environment });
      await holdSession(client, server, ["login", "ada", "secret"], ["login"]);
    },
    LIMIT_MS,
  );
}
