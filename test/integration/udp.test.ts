/**
 * Goal: `-U` serves UDP as memcached does: the header, one message for each reply, large replies in
 * pieces, what is dropped without an answer; the same cache as over TCP; nothing that a client
 * sends or fails to receive harms the server.
 * Method: real sockets, one thread and several; the same requests to native memcached.
 */
import { describe, expect, test } from "bun:test";
import { untilConnections } from "../support/item-memory.ts";
import { LiveServer } from "../support/live-server.ts";
import { LogWatcher } from "../support/log-watcher.ts";
import { UdpClient } from "../support/udp-client.ts";
import { decodeAnswers, request } from "../support/binary-packets.ts";
import { latin1 } from "../support/bytes.ts";
import { testWith } from "../support/peers.ts";
import { until } from "../support/waiting.ts";

const VERSION = /^VERSION \d+\.\d+\.\d+\r\n$/;

function udpPort(server: LiveServer, family = "INET"): number {
  const line = server.portLines.find((line) => line.startsWith(`UDP ${family}: `));
  return Number(line?.split(" ").at(-1));
}

function start(...words: string[]): Promise<LiveServer> {
  return LiveServer.start(["-U", "-1", ...words]);
}

describe.each([1, 4])("-t %d", (threads) => {
  const many = ["-t", String(threads)];

  test("the header: the request's id, numbers from 0, the count, 0", async () => {
    await using server = await start(...many);
    using client = await UdpClient.open(udpPort(server));
    const frame = { id: 0xabcd, number: 7, reserved: 9 };
    const [answer] = await client.answers(client.send("version\r\n", frame), 1);
    expect(answer).toMatchObject({ id: 0xabcd, number: 0, count: 1, reserved: 0 });
    expect(answer?.payload).toMatch(VERSION);
  });

  test("watch is refused, but what is done over UDP can be watched", async () => {
    await using server = await start(...many);
    using client = await UdpClient.open(udpPort(server));
    expect(await client.ask("watch\r\n")).toEqual(["WATCHER_FAILED failed to add log watcher\r\n"]);
    const watcher = await LogWatcher.start(server, "fetchers connevents");
    expect(await client.ask("mg nothing v\r\n")).toEqual(["EN\r\n"]);
    expect(await watcher.take(1)).toEqual([
      "type=item_get key=nothing status=not_found clsid=0 cfd=* size=0",
    ]);
  });

  test("each reply is a message of its own", async () => {
    await using server = await start(...many);
    using client = await UdpClient.open(udpPort(server));
    const stored = "STORED\r\n";
    const sets = "set a 0 0 5\r\nhello\r\nset b 3 0 0\r\n\r\nset c 0 0 1 noreply\r\n1\r\n";
    expect(await client.ask(sets, 2)).toEqual([stored, stored]);
    expect(await client.ask("get a nothing b\r\nincr c 1\r\n", 4)).toEqual([
      "VALUE a 0 5\r\nhello\r\n",
      "VALUE b 3 0\r\n\r\n",
      "END\r\n",
      "2\r\n",
    ]);
    const [gets] = await client.ask("gets a\r\n", 2);
    expect(gets).toMatch(/^VALUE a 0 5 \d+\r\nhello\r\n$/);
    const versions = await client.ask("version\r\n".repeat(50), 50);
    expect(versions.every((text) => VERSION.test(text))).toBe(true);
  });

  test("lists are one message, whatever is in them", async () => {
    await using server = await start(...many);
    using client = await UdpClient.open(udpPort(server));
    expect(await client.ask("set END 0 0 5\r\nEND\r\n\r\nstats detail on\r\n", 2)).toEqual([
      "STORED\r\n",
      "OK\r\n",
    ]);
    expect(await client.ask("get END\r\n", 2)).toEqual(["VALUE END 0 5\r\nEND\r\n\r\n", "END\r\n"]);
    expect(await client.ask("set p:a 0 0 1\r\n1\r\nstats detail dump\r\n", 2)).toEqual([
      "STORED\r\n",
      "PREFIX p get 0 hit 0 set 1 del 0\r\nEND\r\n",
    ]);
    const answers = await client.answers(client.send("stats\r\n"), 2);
    expect(answers.map(({ number, count }) => [number, count])).toEqual([
      [0, 2],
      [1, 2],
    ]);
    const whole = answers.map(({ payload }) => payload).join("");
    expect(whole).toMatch(/^STAT pid \d+\r\n(STAT \S+ [^\n]*\r\n)+END\r\n$/);
  });

  test("a large reply comes in pieces of 1392 bytes", async () => {
    await using server = await start(...many);
    using client = await UdpClient.open(udpPort(server));
    const tcp = await server.connect();
    // More pieces at once than these overflow a socket of default size.
    for (const length of [1374, 1375, 1392, 5000, 60_000]) {
      const value = Array.from({ length }, (_, i) => String.fromCharCode(97 + (i % 23))).join("");
      expect(await tcp.ask(`set k 0 0 ${length}\r\n${value}`)).toBe("STORED");
      const reply = `VALUE k 0 ${length}\r\n${value}\r\n`;
      const count = Math.ceil(reply.length / 1392);
      const answers = await client.answers(client.send("get k\r\n"), count + 1);
      const pieces = answers.slice(0, count);
      expect(pieces.map(({ number }) => number)).toEqual(pieces.map((_, i) => i));
      expect(new Set(pieces.map((piece) => piece.count))).toEqual(new Set([count]));
      expect(pieces.map(({ payload }) => payload).join("") === reply).toBe(true);
      expect(answers[count]).toMatchObject({ number: 0, count: 1, payload: "END\r\n" });
    }
  });

  test("what is dropped without an answer", async () => {
    await using server = await start(...many);
    using client = await UdpClient.open(udpPort(server));
    client.sendRaw(new Uint8Array(0));
    client.sendRaw(new Uint8Array(7));
    const silent = [
      client.send(""),
      client.send("version\r\n", { count: 0 }),
      client.send("version\r\n", { count: 2 }),
      client.send("version"),
      client.send("set half 0 0 10\r\n12345"),
      client.send("67890\r\n", { count: 2, number: 1 }),
      client.send("GET / HTTP/1.1\r\n"),
      client.send("set a 0 0 1 noreply\r\n1\r\n"),
    ];
    expect(await client.everything("get half a\r\n")).toBe("VALUE a 0 1\r\n1\r\nEND\r\n");
    for (const id of silent) expect(await client.answers(id, 0)).toEqual([]);
  });

  test("quit is answered by a header alone, and the socket lives on", async () => {
    await using server = await start(...many);
    using client = await UdpClient.open(udpPort(server));
    const [answer] = await client.answers(client.send("quit\r\n"), 1);
    expect(answer).toMatchObject({ number: 0, count: 0, payload: "" });
    expect(await client.everything("version\r\nquit\r\nversion\r\n")).toMatch(VERSION);
  });

  test("it is the cache of TCP, and no connection", async () => {
    await using server = await start(...many);
    using client = await UdpClient.open(udpPort(server));
    const value = "x".repeat(60_000);
    expect(await client.ask(`set big 0 0 60000\r\n${value}\r\n`)).toEqual(["STORED\r\n"]);
    const tcp = await server.connect();
    expect((await tcp.askAll("get big"))[1] === value).toBe(true);
    const conns = await server.stats("conns");
    const id = [...conns].find(([, text]) => text === "UDP")?.[0].split(":")[0] ?? "";
    expect(conns.get(`${id}:addr`)).toBe(`udp:127.0.0.1:${udpPort(server)}`);
    expect(conns.get(`${id}:state`)).toBe("conn_read");
    expect(conns.has(`${id}:listen_addr`)).toBe(false);
    expect((await server.stats("settings")).get("udpport")).toBe("-1");
    await untilConnections(server, 3);
  });

  test("clients that are gone, noise and large requests do it no harm", async () => {
    await using server = await start(...many);
    for (let i = 0; i < 20; i++) {
      using gone = await UdpClient.open(udpPort(server));
      gone.send("version\r\n".repeat(100));
    }
    using client = await UdpClient.open(udpPort(server));
    for (let length = 0; length < 2000; length += 37) {
      client.sendRaw(crypto.getRandomValues(new Uint8Array(length)));
    }
    client.send(`get ${"k ".repeat(25_000)}\r\n`);
    client.send("x".repeat(60_000));
    client.send(Buffer.alloc(65_499, 0x80));
    await until("an answer", async () => VERSION.test((await client.ask("version\r\n"))[0] ?? ""));
    await untilConnections(server, 2);
  });
});

test("several clients at once get what is theirs", async () => {
  await using server = await start("-t", "4");
  const clients = await Promise.all(
    Array.from({ length: 20 }, () => UdpClient.open(udpPort(server))),
  );
  await Promise.all(
    clients.map(async (client, i) => {
      expect(await client.ask(`set key${i} 0 0 2\r\n${10 + i}\r\n`)).toEqual(["STORED\r\n"]);
      for (let n = 1; n <= 50; n++) {
        expect(await client.ask(`incr key${i} 1\r\n`)).toEqual([`${10 + i + n}\r\n`]);
      }
    }),
  );
  for (const client of clients) client[Symbol.dispose]();
});

test("every interface, both families, and -p follows -U", async () => {
  await using server = await LiveServer.start([], { listen: ["-U", "-1"] });
  expect(server.portLines.map((line) => line.replace(/\d+$/, "N")).sort()).toEqual([
    "TCP INET6: N",
    "TCP INET: N",
    "UDP INET6: N",
    "UDP INET: N",
  ]);
  expect(udpPort(server, "INET6")).toBe(udpPort(server));
  for (const host of ["127.0.0.1", "::1"]) {
    using client = await UdpClient.open(udpPort(server), host);
    expect((await client.ask("version\r\n"))[0]).toMatch(VERSION);
  }
});

test("-p 0 leaves UDP alone", async () => {
  await using server = await LiveServer.start([], {
    listen: ["-U", "-1", "-p", "0", "-l", "127.0.0.1"],
  });
  expect(server.portLines.length).toBe(1);
  using client = await UdpClient.open(udpPort(server));
  expect((await client.ask("version\r\n"))[0]).toMatch(VERSION);
});

test("a port that is taken ends the start", async () => {
  await using first = await LiveServer.start([], { listen: ["-U", "-1"] });
  const port = String(udpPort(first));
  await using second = LiveServer.launch(["-U", port, "-p", "-1"]);
  expect(await second.ended()).toBe(71);
  expect(second.errors).toContain("failed to listen on one of interface(s) 127.0.0.1: Address");
  await using third = LiveServer.launch(["-U", port, "-t", "1"], { listen: ["-p", "-1"] });
  expect(await third.ended()).toBe(71);
  expect(third.errors).toBe(`failed to listen on UDP port ${port}: Address already in use\n`);
});

test("-vv tells of the socket, and of no connection", async () => {
  await using server = await start("-vv", "-t", "1");
  using client = await UdpClient.open(udpPort(server));
  await client.ask("get a\r\n");
  const id = /<(\d+) server listening \(udp\)\n/.exec(server.errors)?.[1] ?? "";
  expect(server.errors).toMatch(
    new RegExp(`<${id} send buffer was \\d+, now 268435456\\n<${id} s`),
  );
  await until("the request", () => server.errors.endsWith(`<${id} get a\n>${id} END\n`));
});

/** An answer in packets without its CAS uniques, which servers count by themselves. */
function withoutUniques(reply: string): string {
  if (!reply.startsWith("\x81")) return reply;
  const answers = decodeAnswers(latin1(reply)).map((one) => {
    return [one.opcode, one.status, one.opaque, one.cas !== 0n, one.extras, one.key, one.value];
  });
  return JSON.stringify(answers);
}

test("packets of the binary protocol: an answer is a message", async () => {
  await using server = await start("-t", "1");
  using client = await UdpClient.open(udpPort(server));
  const value = "v".repeat(3000);
  const stored = await client.ask(request("Set", { key: "k", value, opaque: "5" }), 1);
  expect(decodeAnswers(latin1(stored[0] ?? ""))).toMatchObject([
    { opcode: 1, status: 0, opaque: 5 },
  ]);
  const gets = request("GetQ", { key: "absent" }) + request("GetK", { key: "k", opaque: "6" });
  const answers = await client.answers(client.send(latin1(gets + request("Noop"))), 4);
  expect(answers.map(({ number, count }) => [number, count])).toEqual([
    [0, 3],
    [1, 3],
    [2, 3],
    [0, 1],
  ]);
  const whole = answers.map(({ payload }) => payload).join("");
  expect(decodeAnswers(latin1(whole))).toMatchObject([
    { opcode: 12, status: 0, opaque: 6, key: "k", value },
    { opcode: 10, status: 0 },
  ]);
});

test("a refused value that is not whole ends with its datagram", async () => {
  const listen = ["-l", "127.0.0.1", "-p", "-1", "-U", "-1", "-t", "1"];
  await using server = await LiveServer.start([], { listen });
  using client = await UdpClient.open(udpPort(server));
  const version = await client.everything("version\r\n");
  expect(await client.everything("set big 0 0 2000000\r\nvvv\r\nversion\r\n")).toBe("");
  expect(await client.everything("version\r\n")).toBe(version);
});

testWith("memcached", "requests are answered as by native memcached", async () => {
  const program = Bun.which("memcached") ?? "";
  const listen = ["-l", "127.0.0.1", "-p", "-1", "-U", "-1", "-t", "1"];
  await using ours = await LiveServer.start([], { listen });
  await using native = await LiveServer.start([], { listen, program });
  using toOurs = await UdpClient.open(udpPort(ours));
  using toNative = await UdpClient.open(udpPort(native));
  const requests = [
    "set a 0 0 5\r\nhello\r\nset b 7 0 3\r\nxyz\r\n",
    "get a\r\n",
    "get nothing a b\r\nget b\r\n",
    "add a 0 0 1\r\n1\r\nreplace b 0 0 1\r\n2\r\n",
    "incr b 5\r\nincr a 5\r\ndecr nothing 1\r\n",
    "delete a\r\ndelete a\r\n",
    "bogus\r\n",
    "quit\r\n",
    "version",
    `set large 0 0 50000\r\n${"v".repeat(50_000)}\r\n`,
    "get large\r\n",
    "touch large 100\r\n",
    "flush_all\r\nget large\r\n",
    "ms m 5 F7 T0\r\nhello\r\nmg m v f k Oabc\r\nmg nothing v\r\nmg nothing v q\r\nmn\r\n",
    "ma n N0 J41 v\r\nma n v\r\nmd m q\r\nmd m\r\n",
    request("Set", { key: "b", value: "packet", flags: "9", opaque: "1" }),
    request("Get", { key: "b", opaque: "2" }) + request("GetK", { key: "nothing", opaque: "3" }),
    request("GetQ", { key: "nothing" }) + request("GetKQ", { key: "b" }) + request("Noop"),
    request("SetQ", { key: "q", value: "12" }) + request("Increment", { key: "q", delta: "3" }),
    // What follows a refused value in its datagram gets no answer from 1.6.18.
    request("Append", { key: "absent", value: "x" }),
    request("Delete", { key: "q" }),
    request("Set", { key: "wide", value: "w".repeat(5000) }) + request("Get", { key: "wide" }),
    request("0x7f", { opaque: "4" }),
    request("Get", { key: "half" }).slice(0, 20),
  ];
  for (const asked of requests) {
    const [expected, said] = await Promise.all(
      [toNative, toOurs].map(async (client) => withoutUniques(await client.everything(asked))),
    );
    expect([asked.slice(0, 40), said]).toEqual([asked.slice(0, 40), expected]);
  }
});
