/**
 * Goal: the server listens where the options say, tells its ports, and says in memcached's words
 * why it cannot.
 * Method: processes with -p and -l in their forms, loopback only; failing starts by text and code.
 */

import { expect, test } from "bun:test";
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { freePort } from "../support/free-port.ts";
import { LiveServer, OWN_PROGRAM } from "../support/live-server.ts";
import { TextClient } from "../support/text-client.ts";
import { TcpConversation } from "../support/tcp-conversation.ts";
import { answer, requestPacket } from "../support/binary-packets.ts";
import { latin1 } from "../support/bytes.ts";
import { until } from "../support/waiting.ts";
import { untilConnections } from "../support/item-memory.ts";

async function expectServed(port: number, host: string): Promise<void> {
  const client = await TextClient.connect(port, host);
  expect(await client.ask("version")).toBe("VERSION 1.6.45");
  client.hangUp();
}

function isRefused(port: number, host: string): Promise<boolean> {
  return TextClient.connect(port, host).then(
    (client) => {
      client.hangUp();
      return false;
    },
    () => true,
  );
}

test("a port given by -p, on one address only", async () => {
  const port = await freePort();
  await using server = await LiveServer.start([], {
    listen: ["-l", "127.0.0.1", "-p", String(port)],
  });
  expect(server.portLines).toEqual([`TCP INET: ${port}`]);
  expect(server.output).toBe("");
  await expectServed(port, "127.0.0.1");
  expect(await isRefused(port, "127.0.0.2")).toBe(true);
  expect(await isRefused(port, "::1")).toBe(true);
  expect((await server.stats("settings")).get("tcpport")).toBe(String(port));
});

test("-p 0 takes a free port and prints it", async () => {
  await using server = await LiveServer.start([], { listen: ["-l", "127.0.0.1", "-p", "0"] });
  await expectServed(server.port, "127.0.0.1");
  expect(server.output).toBe(`listening on tcp:127.0.0.1:${server.port}\n`);
});

test("several -l addresses, IPv6 among them, share an ephemeral port", async () => {
  await using server = await LiveServer.start(["-vv"], {
    listen: ["-l", "127.0.0.1,[::1]", "-l", "127.0.0.2", "-p", "-1"],
  });
  const kinds = server.portLines.map((line) => line.split(":")[0]);
  expect(kinds).toEqual(["TCP INET", "TCP INET6", "TCP INET"]);
  const ports = server.portLines.map((line) => Number(line.split(" ").at(-1)));
  for (const [i, host] of ["127.0.0.1", "::1", "127.0.0.2"].entries()) {
    await expectServed(ports[i] ?? 0, host);
  }
  expect(server.errors.match(/^<\d+ server listening \(auto-negotiate\)$/gm)).toHaveLength(3);
  // Listeners but the first count as connections.
  await untilConnections(server, 3);
});

test("ports of their own in -l, with ; between", async () => {
  const [first, second] = [await freePort(), await freePort()];
  await using server = await LiveServer.start([], {
    listen: ["-l", `127.0.0.1:${first};[::1]:${second}`, "-p", "1"],
  });
  expect(server.portLines).toEqual([`TCP INET: ${first}`, `TCP INET6: ${second}`]);
  await expectServed(first, "127.0.0.1");
  await expectServed(second, "::1");
  const conns = [...(await server.stats("conns")).values()];
  expect(conns).toContain(`tcp:127.0.0.1:${first}`);
  expect(conns).toContain(`tcp6:[::1]:${second}`);
});

/** A free port that no connection takes as its own: one could be connected with itself. */
function portForServers(): number {
  for (let port = 20_000 + Math.floor(Math.random() * 10_000); ; port++) {
    try {
      using _probe = Bun.listen({ hostname: "127.0.0.1", port, socket: { data: () => undefined } });
      return port;
    } catch {
      // Somebody's.
    }
  }
}

const STARTS = 3;
const STARTS_TIMEOUT_MS = 30_000;

async function expectEarlyClientsServed(): Promise<void> {
  for (let turn = 0; turn < STARTS; turn++) {
    const port = portForServers();
    const words = ["-u", "root", "-t", "4", "-l", "127.0.0.1", "-p", String(port), "-U", "0"];
    const child = Bun.spawn([OWN_PROGRAM, ...words], { stdout: "ignore", stderr: "ignore" });
    try {
      let client: TextClient | null = null;
      while (client === null)
        client = await TextClient.connect(port, "127.0.0.1").catch(() => null);
      expect(await client.ask("version")).toBe("VERSION 1.6.45");
      client.hangUp();
    } finally {
      child.kill("SIGKILL");
      await child.exited;
    }
  }
}

test(
  "who is let in while the server starts is served",
  expectEarlyClientsServed,
  STARTS_TIMEOUT_MS,
);

/** What a process has open, by name. One may be closed meanwhile, that of the client above all. */
function descriptorsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).flatMap((fd) => {
    try {
      return [readlinkSync(`${folder}/${fd}`)];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      return [];
    }
  });
}

test("UDP is off unless it is asked for", async () => {
  // -U 0 comes with the support's own words: -l alone is a start like any user's.
  const port = await freePort();
  const child = Bun.spawn([OWN_PROGRAM, "-u", "root", "-l", "127.0.0.1", "-p", String(port)], {
    stdout: "ignore",
    stderr: "ignore",
  });
  try {
    await until("the server", async () => !(await isRefused(port, "127.0.0.1")));
    const client = await TextClient.connect(port, "127.0.0.1");
    expect(await client.askAll("stats settings")).toContain("STAT udpport 0");
    client.hangUp();
    // The port is free for others, and no socket of the process is one of UDP.
    const socket = await Bun.udpSocket({ hostname: "127.0.0.1", port });
    socket.close();
    const inodes = descriptorsOf(child.pid).map((name) => /^socket:\[(\d+)\]$/.exec(name)?.[1]);
    const lines = ["udp", "udp6"].flatMap((kind) =>
      readFileSync(`/proc/net/${kind}`, "latin1").split("\n"),
    );
    const bound = new Set(lines.map((line) => line.trim().split(/\s+/)[9] ?? ""));
    expect(inodes.length).toBeGreaterThan(5);
    expect(inodes.filter((inode) => inode !== undefined && bound.has(inode))).toEqual([]);
  } finally {
    child.kill("SIGKILL");
    await child.exited;
  }
});

test("the same store is behind all addresses", async () => {
  await using server = await LiveServer.start([], {
    listen: ["-l", "127.0.0.1,[::1]", "-p", "-1"],
  });
  const ports = server.portLines.map((line) => Number(line.split(" ").at(-1)));
  const [four, six] = [
    await TextClient.connect(ports[0] ?? 0, "127.0.0.1"),
    await TextClient.connect(ports[1] ?? 0, "::1"),
  ];
  expect(await four.ask("set key 0 0 6\r\nshared")).toBe("STORED");
  expect(await six.askAll("get key")).toEqual(["VALUE key 0 6", "shared", "END"]);
});

/** What a listener answers to text, and to a packet of the binary protocol. */
async function spokenAt(port: number): Promise<{ text: string; packet: string }> {
  const [text, packet] = [
    await TcpConversation.open("127.0.0.1", port),
    await TcpConversation.open("127.0.0.1", port),
  ];
  // As long as a packet's header: a listener for binary looks at no less.
  text.send(latin1("mn\r\n".repeat(6)));
  packet.send(requestPacket("Noop"));
  for (const conversation of [text, packet]) {
    await until("an answer", () => conversation.closed || conversation.received().length > 0);
  }
  const said = [text, packet].map((spoken) => Buffer.from(spoken.received()).toString("latin1"));
  text.hangUp();
  packet.hangUp();
  return { text: said[0] ?? "", packet: said[1] ?? "" };
}

test.each(["1", "4"])("a protocol of its own in front of an address, -t %s", async (threads) => {
  const [ascii, binary, either, plain] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const list = [
    `proto[ascii]:127.0.0.1:${ascii}`,
    `proto[binary]:tag[x]:127.0.0.1:${binary}`,
    `proto[negotiating]:127.0.0.1:${either}`,
    `127.0.0.1:${plain}`,
  ];
  await using server = await LiveServer.start(["-vv", "-t", threads, "-B", "ascii"], {
    listen: ["-l", list.join(",")],
  });
  const lines = (): RegExpExecArray[] => [
    ...server.errors.matchAll(/^<\d+ server listening \((.*)\)$/gm),
  ];
  await until("the lines of all listeners", () => lines().length >= list.length);
  const told = lines();
  expect(told.map(([, name]) => name)).toEqual(["ascii", "binary", "auto-negotiate", "ascii"]);

  const noop = answer("Noop");
  const badLine = "CLIENT_ERROR bad command line format\r\n";
  const meta = "MN\r\n".repeat(6);
  expect(await spokenAt(ascii)).toEqual({ text: meta, packet: badLine });
  expect(await spokenAt(binary)).toEqual({ text: "", packet: noop });
  expect(await spokenAt(either)).toEqual({ text: meta, packet: noop });
  expect(await spokenAt(plain)).toEqual({ text: meta, packet: badLine });
  for (const name of ["ascii", "binary"]) expect(server.errors).toContain(`new ${name} client`);
  expect(server.errors).toContain("new auto-negotiating client connection");
});

/** A start that fails: its exit code and standard error. */
async function failure(
  listen: readonly string[],
): Promise<{ code: number | string; said: string }> {
  await using server = LiveServer.launch([], { listen });
  return { code: await server.ended(), said: server.errors.trimEnd() };
}

test("a port in use: text and exit code 71", async () => {
  await using first = await LiveServer.start();
  const port = String(first.port);
  expect(await failure(["-l", "127.0.0.1", "-p", port])).toEqual({
    code: 71,
    said: "failed to listen on one of interface(s) 127.0.0.1: Address already in use",
  });
  await expectServed(first.port, "127.0.0.1");
});

test("a port in use in one entry of several: text and exit code 71", async () => {
  await using first = await LiveServer.start();
  const list = `127.0.0.2,127.0.0.1`;
  expect(await failure(["-l", list, "-p", String(first.port)])).toEqual({
    code: 71,
    said: `failed to listen on one of interface(s) ${list}: Address already in use`,
  });
});

test("an address that is not ours: exit code 71, and the reason", async () => {
  const { code, said } = await failure(["-l", "203.0.113.7", "-p", "-1"]);
  expect(code).toBe(71);
  expect(said).toContain("failed to listen on one of interface(s) 203.0.113.7: ");
  expect(said).toContain("Cannot assign requested address");
});

test("a port out of range: exit code 64", async () => {
  expect(await failure(["-l", "127.0.0.1", "-p", "70000"])).toEqual({
    code: 64,
    said: "ERROR: Invalid port number 70000.",
  });
});

test("a port that was in use is taken again at once after a kill", async () => {
  const port = String(await freePort());
  for (let i = 0; i < 3; i++) {
    await using server = await LiveServer.start([], { listen: ["-l", "127.0.0.1", "-p", port] });
    const client = await server.connect();
    expect(await client.ask("version")).toBe("VERSION 1.6.45");
    server.signal("SIGKILL");
    expect(await server.ended()).toBe("SIGKILL");
  }
});
