/**
 * Goal: certificates are changed under load without a lost request. New connections see the new
 * ones from the reply to `refresh_certs` on, whichever thread serves them; open connections go on
 * with what they have; what cannot be loaded changes nothing.
 * Method: clients that ask without a pause and clients that come and go, while the files are
 * replaced again and again and the server is told by command and by SIGHUP.
 */
import { copyFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "bun:test";
import { hasPeer, testWith } from "../support/peers.ts";
import { Certificates } from "../support/certificates.ts";
import { LiveServer } from "../support/live-server.ts";
import { TextClient } from "../support/text-client.ts";
import { until } from "../support/waiting.ts";

const made = hasPeer("openssl") ? new Certificates() : null;
const pairs = ["first", "second"].map((name) => made?.selfSigned(name));
const inUse = { cert: made?.path("used.crt") ?? "", key: made?.path("used.key") ?? "" };

/** The names of the certificates, in turn. */
const NAMES = ["first", "second"] as const;

/** Puts the files of that name in the place that the server reads. */
function put(name: (typeof NAMES)[number]): void {
  const pair = pairs[NAMES.indexOf(name)];
  copyFileSync(pair?.certFile ?? "", inUse.cert);
  copyFileSync(pair?.keyFile ?? "", inUse.key);
}

function start(threads: number): Promise<LiveServer> {
  put("first");
  const files = `ssl_chain_cert=${inUse.cert},ssl_key=${inUse.key}`;
  return LiveServer.start(["-Z", "-o", files, "-t", String(threads)]);
}

/** Whose certificate new connections see: so many of them that every thread has answered. */
async function seen(port: number, count = 16): Promise<string[]> {
  const clients = await Promise.all(
    Array.from({ length: count }, () => TextClient.connectTls(port)),
  );
  const names = await Promise.all(clients.map((client) => client.peerName()));
  for (const client of clients) client.hangUp();
  return [...new Set(names)];
}

/** Asks without a pause until told to stop; how many replies came, all of them right. */
async function askOn(client: TextClient, key: string, isOver: () => boolean): Promise<number> {
  let asked = 0;
  expect(await client.ask(`set ${key} 0 0 1\r\n0`)).toBe("STORED");
  while (!isOver()) expect(await client.ask(`incr ${key} 1`)).toBe(String(++asked));
  return asked;
}

/** One connection after the other, each with a request. */
async function comeAndGo(port: number, isOver: () => boolean): Promise<number> {
  let served = 0;
  while (!isOver()) {
    const client = await TextClient.connectTls(port);
    expect(await client.ask("version")).toStartWith("VERSION");
    expect(NAMES).toContain((await client.peerName()) as (typeof NAMES)[number]);
    client.hangUp();
    served++;
  }
  return served;
}

describe.each([1, 4])("-t %d", (threads) => {
  testWith(
    "openssl",
    "swaps under load lose nothing",
    async () => {
      await using server = await start(threads);
      let isOver = false;
      const askers = await Promise.all(
        Array.from({ length: 20 }, () => TextClient.connectTls(server.port)),
      );
      const load = [
        ...askers.map((client, i) => askOn(client, `key${i}`, () => isOver)),
        ...Array.from({ length: 4 }, () => comeAndGo(server.port, () => isOver)),
      ];
      const operator = await TextClient.connectTls(server.port);
      for (let round = 1; round <= 10; round++) {
        const name = NAMES[round % 2] ?? "first";
        put(name);
        if (round % 3 === 0) {
          server.signal("SIGHUP");
          await until("the new certificate", async () => {
            const names = await seen(server.port, 4);
            return names.length === 1 && names[0] === name;
          });
        } else {
          expect(await operator.ask("refresh_certs")).toBe("OK");
        }
        expect([round, await seen(server.port)]).toEqual([round, [name]]);
      }
      isOver = true;
      for (const count of await Promise.all(load)) expect(count).toBeGreaterThan(0);
      expect(await operator.peerName()).toBe("first");
      const stats = await operator.askAll("stats");
      expect(stats).toContain("STAT ssl_handshake_errors 0");
      expect(stats).toContain("STAT ssl_proto_errors 0");
    },
    30_000,
  );

  testWith("openssl", "what cannot be loaded changes nothing", async () => {
    await using server = await start(threads);
    const client = await TextClient.connectTls(server.port);
    copyFileSync(pairs[1]?.certFile ?? "", inUse.cert);
    const text = `Error loading the key: ${inUse.key} : key values mismatch`;
    expect(await client.ask("refresh_certs")).toBe(text);
    expect(await client.ask("refresh_certs noreply")).toBe(text);
    writeFileSync(inUse.cert, "nothing");
    const chain = `Error loading the certificate chain: ${inUse.cert} : no start line`;
    expect(await client.ask("refresh_certs")).toBe(chain);
    server.signal("SIGHUP");
    const told = `Could not reload TLS certificates on SIGHUP: ${chain}`;
    await until("the complaint", () => server.errors.includes(told));
    expect(await seen(server.port)).toEqual(["first"]);
    put("second");
    client.send("refresh_certs noreply\r\n");
    expect(await client.ask("version")).toStartWith("VERSION");
    expect(await seen(server.port)).toEqual(["second"]);
  });
});

testWith("openssl", "time_since_server_cert_refresh starts again", async () => {
  put("first");
  const files = `ssl_chain_cert=${inUse.cert},ssl_key=${inUse.key}`;
  await using server = await LiveServer.start(["-Z", "-o", files, "-t", "2"], {
    environment: { WASMCACHED_DEBUG: "1" },
  });
  const client = await TextClient.connectTls(server.port);
  const age = async (): Promise<string | undefined> => {
    const lines = await client.askAll("stats");
    return lines.find((line) => line.startsWith("STAT time_since_server_cert_refresh "));
  };
  expect(await client.ask("debugtime p")).toBe("OK");
  expect(await client.ask("debugtime 100")).toBe("OK");
  expect(Number((await age())?.split(" ")[2])).toBeGreaterThanOrEqual(100);
  expect(await client.ask("refresh_certs")).toBe("OK");
  expect(await age()).toBe("STAT time_since_server_cert_refresh 0");
});

test("without -Z there is nothing to refresh", async () => {
  await using server = await LiveServer.start();
  const client = await server.connect();
  expect(await client.ask("refresh_certs")).toBe("Error TLS not enabled");
  server.signal("SIGHUP");
  expect(await client.ask("version")).toStartWith("VERSION");
});
