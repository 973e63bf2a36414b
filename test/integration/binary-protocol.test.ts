/**
 * Goal: what transcripts cannot show of the binary protocol: what is printed, every statistic, who
 * may do what with several threads, slow readers, and that a claimed length costs nothing.
 * Method: the server in process where that is enough, else a process.
 */

import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Answer, decodeAnswers, request, requestPacket } from "../support/binary-packets.ts";
import { HostCounter } from "../../src/base/host-counters.ts";
import { LiveServer } from "../support/live-server.ts";
import { LocalServer } from "../support/in-process.ts";
import { TcpConversation } from "../support/tcp-conversation.ts";
import { latin1 } from "../support/bytes.ts";
import { until } from "../support/waiting.ts";

const folder = mkdtempSync(join(tmpdir(), "wasmcached-sasl-"));
const passwords = join(folder, "passwords");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LOGIN = request("SASLAuth", { key: "PLAIN", value: "\0user\0secret" });

/** Sends packets and waits for so many answers. */
async function ask(on: TcpConversation, packets: string, count: number): Promise<Answer[]> {
  const before = on.received().length;
  on.send(latin1(packets));
  let answers: Answer[] = [];
  await until(`${count} answers`, () => {
    try {
      answers = decodeAnswers(on.received().subarray(before));
    } catch {
      return false;
    }
    return answers.length >= count || on.closed;
  });
  return answers;
}

function exchange(server: LocalServer, ...packets: string[]): Answer[] {
  const { connection, transport } = server.open();
  connection.receive(latin1(packets.join("")));
  server.settle();
  connection.gone();
  return decodeAnswers(transport.received());
}

/** The lines of a header's dump. */
const header = (sign: string, rows: string[]): string =>
  rows.map((row) => `\n${sign}${sign.startsWith("<") ? "   " : "  "} ${row}`).join("");

/** Name and value of each line of the text protocol's answer. */
function textStats(server: LocalServer, subject: string): string[][] {
  const { connection, transport } = server.open();
  connection.receive(latin1(`stats ${subject}\r\n`));
  connection.gone();
  const lines = Buffer.from(transport.received()).toString("latin1").split("\r\n");
  return lines.slice(0, -2).map((line) => line.split(" ").slice(1));
}

const yields = (server: LocalServer): number => server.context.counters.sum(HostCounter.YIELDS);

/** Transcripts, which may run in the same process, name a file with passwords. */
function withoutPasswords<T>(start: () => T): T {
  const name = "MEMCACHED_SASL_PWDB";
  const { [name]: path } = process.env;
  delete process.env[name];
  try {
    return start();
  } finally {
    if (path !== undefined) process.env[name] = path;
  }
}

describe("what -vv prints", () => {
  test("a set, a miss, and the end", () => {
    const server = new LocalServer(["-vv"]);
    server.log = "";
    exchange(
      server,
      request("Set", { key: "k", value: "val", opaque: "1" }),
      request("Get", { key: "no" }),
    );
    const ask1 = ["0x80 0x01 0x00 0x01", "0x08 0x00 0x00 0x00", "0x00 0x00 0x00 0x0c"];
    const told1 = ["0x81 0x01 0x00 0x00", "0x00 0x00 0x00 0x00", "0x00 0x00 0x00 0x00"];
    const ask2 = ["0x80 0x00 0x00 0x02", "0x00 0x00 0x00 0x00", "0x00 0x00 0x00 0x02"];
    const told2 = ["0x81 0x00 0x00 0x00", "0x00 0x00 0x00 0x01", "0x00 0x00 0x00 0x09"];
    const zero = "0x00 0x00 0x00 0x00";
    const one = "0x00 0x00 0x00 0x01";
    expect(server.log).toBe(
      [
        "27: Client using the binary protocol",
        `<27 Read binary protocol data:${header("<27", [...ask1, one, zero, zero])}`,
        "<27 SET k Value len is 3",
        `>27 Writing bin response:${header(">27", [...told1, one, zero, "0x00 0x00 0x00 0x02"])}`,
        `<27 Read binary protocol data:${header("<27", [...ask2, zero, zero, zero])}`,
        "<27 GET no",
        ">27 Writing an error: Not found",
        `>27 Writing bin response:${header(">27", [...told2, zero, zero, zero])}`,
        "<27 connection closed.",
        "",
      ].join("\n"),
    );
  });

  test.each([
    ["Append", { key: "k", value: "ab" }, "Value len is 2"],
    ["AddQ", { key: "k", value: "ab" }, "<27 ADD k Value len is 2"],
    ["Replace", { key: "k", value: "" }, "<27 REPLACE k Value len is 0"],
    ["Delete", { key: "k" }, "Deleting k"],
    ["GetKQ", { key: "k" }, "<27 GET k"],
    ["GATQ", { key: "k" }, "<27 TOUCH k"],
    ["Stat", { key: "sizes" }, "<27 STATS sizes"],
    [
      "Decrement",
      { key: "k", delta: "1", initial: "18446744073709551615", exptime: "0xffffffff" },
      "decr k 1, 18446744073709551615, -1",
    ],
    ["Noop", { key: "k" }, "Protocol error (opcode 0a), close connection 27"],
    ["Get", { key: "k", magic: "0x41" }, "27: Client using the ascii protocol"],
  ] as const)("%s %j", (name, fields, line) => {
    const server = new LocalServer(["-vv"]);
    exchange(server, request(name, fields as Record<string, string>));
    expect(server.log.split("\n")).toContain(line);
  });

  test("a wrong first byte, and authentication", () => {
    const server = withoutPasswords(() => new LocalServer(["-vv", "-S"]));
    exchange(
      server,
      LOGIN.replace("secret", "wrong!"),
      request("SASLStep", { key: "PLAIN" }),
      "version\r\nversion\r\nversion\r\n",
    );
    for (const line of [
      "authenticated() in cmd 0x21 is true",
      "mech:  ``PLAIN'' with 12 bytes of data",
      "27: SASL_STEP called but sasl_server_start not called for this connection!",
      "sasl result code:  -13",
      "Unknown sasl response:  -13",
      "Invalid magic:  76",
    ]) {
      expect(server.log.split("\n")).toContain(line);
    }
  });

  test("-B binary and -B ascii choose without saying so", () => {
    for (const protocol of ["binary", "ascii"]) {
      const server = new LocalServer(["-vv", "-B", protocol]);
      const { connection } = server.open();
      connection.receive(requestPacket("Version"));
      expect(server.log).not.toContain("Client using");
    }
  });
});

describe("statistics", () => {
  test.each(["", "settings", "items", "slabs", "sizes"])("stats %j is that of text", (subject) => {
    const server = new LocalServer(["-o", "track_sizes"]);
    exchange(server, request("Set", { key: "k", value: "v" }), request("Get", { key: "k" }));
    const wanted = textStats(server, subject);
    const packets = exchange(server, request("Stat", { key: subject, opaque: "77" }));
    const ever = /^(rusage|bytes_|curr_conn|total_conn|connection_str)/;
    const steady = (all: string[][]): string[][] => all.filter(([name = ""]) => !ever.test(name));
    expect(steady(packets.slice(0, -1).map(({ key, value }) => [key, value]))).toEqual(
      steady(wanted.map(([name = "", ...value]) => [name, value.join(" ")])),
    );
    expect(packets.at(-1)).toMatchObject({ key: "", value: "", opaque: 77 });
    for (const packet of packets) {
      expect(packet).toMatchObject({ opcode: 0x10, status: 0, opaque: 77, cas: 0n, extras: "" });
    }
  });

  test("too large values and refused flushes are not counted, as they are for text", () => {
    const server = new LocalServer(["-F"]);
    const value = "v".repeat(1_100_000);
    exchange(server, request("Set", { key: "k", value }), request("Flush"));
    const stats = new Map(textStats(server, "").map(([name, value]) => [name, value]));
    expect([stats.get("store_too_large"), stats.get("cmd_flush")]).toEqual(["0", "0"]);
    const { connection } = server.open();
    connection.receive(latin1(`set k 0 0 ${value.length}\r\n${value}\r\nflush_all\r\n`));
    const after = new Map(textStats(server, "").map(([name, value]) => [name, value]));
    expect([after.get("store_too_large"), after.get("cmd_flush")]).toEqual(["1", "1"]);
  });
});

describe("turns", () => {
  test("every packet takes a credit, however many are answered at once", () => {
    const text = new LocalServer(["-R", "20"]);
    const { connection, transport } = text.open();
    connection.receive(latin1("get a\r\n".repeat(50)));
    text.settle();
    expect(Buffer.from(transport.received()).toString()).toBe("END\r\n".repeat(50));
    const binary = new LocalServer(["-R", "20"]);
    const answers = exchange(binary, request("Get", { key: "a" }).repeat(50));
    expect(answers).toHaveLength(50);
    expect(yields(binary)).toBe(yields(text));
    expect(yields(binary)).toBe(2);
  });
});

describe("slow readers", () => {
  test("large values are pinned until they are taken, in order", () => {
    const server = new LocalServer([]);
    const value = "x".repeat(100_000);
    exchange(
      server,
      request("Set", { key: "large", value }),
      request("Set", { key: "s", value: "s" }),
    );
    const { connection, transport } = server.open();
    transport.room = 1000;
    const gets = [1, 2, 3].map((n) => {
      return request("GetK", { key: "large", opaque: `${n}` }) + request("Get", { key: "s" });
    });
    connection.receive(latin1(gets.join("") + request("Delete", { key: "large" })));
    server.settle();
    expect(transport.isPaused).toBe(true);
    // Somebody else replaces it: what was asked for before stays as it was.
    for (; transport.wantsDrain; server.settle()) {
      transport.wantsDrain = false;
      transport.room = 50_000;
      connection.drained();
    }
    const answers = decodeAnswers(transport.received());
    expect(answers.map(({ key, value }) => [key, value.length])).toEqual([
      ...[1, 2, 3].flatMap(() => [
        ["large", 100_000],
        ["", 1],
      ]),
      ["", 0],
    ]);
    connection.gone();
    expect(server.context.core.abi.check()).toBe(0);
  });
});

describe("lengths that are only claimed", () => {
  test("300 headers of 1 GiB and more take no memory", async () => {
    await using server = await LiveServer.start(["-t", "1"]);
    const before = server.residentKib();
    const open: TcpConversation[] = [];
    for (let i = 0; i < 300; i++) {
      const conversation = await TcpConversation.open("127.0.0.1", server.port);
      const bodyLength = i % 2 === 0 ? "0xffffffff" : "0x40000000";
      conversation.send(requestPacket("Set", { key: "k", value: "begun", bodyLength }));
      open.push(conversation);
    }
    await until("the impossible ones to be closed", () => {
      return open.filter((conversation) => conversation.closed).length === 150;
    });
    const [answer] = decodeAnswers(open[0]?.received() ?? new Uint8Array(0));
    expect(answer).toMatchObject({ status: 4, value: "Invalid arguments" });
    // The possible ones are waited for; their answers are not due yet.
    expect(open[1]?.received()).toHaveLength(0);
    expect(await server.stat("curr_items")).toBe(0);
    expect(server.residentKib() - before).toBeLessThan(32 * 1024);
    for (const conversation of open) conversation.hangUp();
  });
});

describe("authentication with several threads", () => {
  test("each connection for itself, and the figures are those of all", async () => {
    writeFileSync(passwords, "user:secret\n");
    const environment = { MEMCACHED_SASL_PWDB: passwords };
    await using server = await LiveServer.start(["-S", "-t", "4"], { environment });
    const open = (): Promise<TcpConversation> => TcpConversation.open("127.0.0.1", server.port);
    for (let i = 0; i < 8; i++) {
      const [insider, outsider] = [await open(), await open()];
      const set = request("Set", { key: `k${i}`, value: "v" });
      expect((await ask(insider, LOGIN + set, 2)).map(({ status }) => status)).toEqual([0, 0]);
      expect((await ask(outsider, set, 1)).map(({ status }) => status)).toEqual([0x20]);
      await until("the outsider to be closed", () => outsider.closed);
      insider.hangUp();
    }
    const last = await open();
    writeFileSync(passwords, "user:changed\n");
    const changed = LOGIN.replace("secret", "wrong!");
    expect((await ask(last, LOGIN, 1))[0]).toMatchObject({ status: 0x20, value: "Auth failure." });
    expect((await ask(last, changed, 1))[0]).toMatchObject({ status: 0x20 });
    writeFileSync(passwords, "user:secret\n");
    expect((await ask(last, LOGIN, 1))[0]).toMatchObject({ status: 0, value: "Authenticated" });
    const figures = await ask(last, request("Stat"), 90);
    const settings = await ask(last, request("Stat", { key: "settings" }), 60);
    const all = new Map([...figures, ...settings].map(({ key, value }) => [key, value]));
    expect(all.get("auth_cmds")).toBe("11");
    expect(all.get("auth_errors")).toBe("2");
    expect(all.get("auth_enabled_sasl")).toBe("yes");
    expect(all.get("binding_protocol")).toBe("binary");
    last.hangUp();
    expect(server.errors).toBe("");
  });
});

test("the listener says which protocol it speaks", async () => {
  await using server = await LiveServer.start(["-B", "binary", "-vv", "-t", "1"]);
  const conversation = await TcpConversation.open("127.0.0.1", server.port);
  expect(await ask(conversation, request("Noop"), 1)).toHaveLength(1);
  conversation.hangUp();
  await until("the end of the client", () => server.errors.includes("connection closed."));
  expect(server.errors).toMatch(/^<\d+ server listening \(binary\)$/m);
  expect(server.errors).toMatch(/^<\d+ new binary client connection\.$/m);
});
