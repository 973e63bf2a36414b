/**
 * Goal: values of many chunks go in and out whole, over every transport and with several threads;
 * who is slow, goes away or finds no memory costs others nothing and leaves nothing behind.
 * Method: real servers; values without a pattern; figures of `stats` and resident memory.
 */
import { describe, expect, test } from "bun:test";
import { expectNoLeak, untilAlone, usedChunks } from "../support/item-memory.ts";
import { testWith } from "../support/peers.ts";
import { Certificates } from "../support/certificates.ts";
import { LiveServer } from "../support/live-server.ts";
import { TextClient } from "../support/text-client.ts";
import { UdpClient } from "../support/udp-client.ts";
import { noise } from "../support/noise.ts";
import { until } from "../support/waiting.ts";

const MEBIBYTE = 1024 * 1024;
const PATIENCE_MS = 20_000;
const LIMIT_MS = 60_000;

/** Kernel buffers and one event's input, far less than a value. */
const GROWTH_MAX_KIB = 16 * 1024;

async function store(client: TextClient, key: string, value: Uint8Array): Promise<string> {
  client.send(`set ${key} 0 0 ${value.length}\r\n`);
  client.send(value);
  client.send("\r\n");
  return await client.line();
}

/** Takes a get's reply, whose request was sent; whether it is all of the value. */
async function takeValue(client: TextClient, key: string, value: Uint8Array): Promise<boolean> {
  const head = Buffer.from(`VALUE ${key} 0 ${value.length}\r\n`);
  const reply = Buffer.concat([head, value, Buffer.from("\r\nEND\r\n")]);
  return (await client.take(reply.length, PATIENCE_MS)).equals(reply);
}

async function fetches(client: TextClient, key: string, value: Uint8Array): Promise<boolean> {
  client.send(`get ${key}\r\n`);
  return takeValue(client, key, value);
}

describe.each([1, 4])("-t %d", (threads) => {
  const words = ["-t", String(threads), "-m", "512", "-I", "128m"];

  test(
    "100 MB by three clients at once",
    async () => {
      await using server = await LiveServer.start(words);
      const clients = await Promise.all([1, 2, 3].map(() => server.connect()));
      const values = clients.map((_, index) => noise(100_000_000 + index, index + 1));
      const stored = clients.map((client, i) => store(client, `key${i}`, values[i]!));
      expect(await Promise.all(stored)).toEqual(["STORED", "STORED", "STORED"]);
      const fetched = clients.map((client, i) => fetches(client, `key${i}`, values[i]!));
      expect(await Promise.all(fetched)).toEqual([true, true, true]);
      for (const client of clients) client.hangUp();
      await untilAlone(server);
      await expectNoLeak(server, ["key0", "key1", "key2"]);
    },
    LIMIT_MS,
  );
});

test(
  "a slow reader of 100 MB costs no memory, and gets it all",
  async () => {
    await using server = await LiveServer.start(["-t", "1", "-m", "512", "-I", "128m"]);
    const owner = await server.connect();
    const value = noise(100_000_000);
    expect(await store(owner, "large", value)).toBe("STORED");
    expect(await fetches(owner, "large", value)).toBe(true);
    const before = server.residentKib();
    const reader = await server.connect();
    reader.pause();
    reader.send("get large\r\n");
    await until("the get", async () => (await server.stat("cmd_get")) >= 2);
    for (let i = 0; i < 20; i++) {
      expect(await owner.ask(`set other 0 0 1\r\n${i % 10}`)).toBe("STORED");
    }
    expect(server.residentKib() - before).toBeLessThan(GROWTH_MAX_KIB);
    // What it is being sent is taken away under it.
    expect(await owner.ask("delete large")).toBe("DELETED");
    reader.resume();
    expect(await takeValue(reader, "large", value)).toBe(true);
    expect(await reader.askAll("get nothing")).toEqual(["END"]);
  },
  LIMIT_MS,
);

test("a slow reader that goes away leaves nothing", async () => {
  await using server = await LiveServer.start(["-m", "256", "-I", "64m"]);
  const owner = await server.connect();
  expect(await store(owner, "large", noise(50_000_000))).toBe("STORED");
  const readers = await Promise.all([1, 2, 3].map(() => server.connect()));
  for (const reader of readers) {
    reader.pause();
    reader.send("get large\r\n");
  }
  await until("the gets", async () => (await server.stat("cmd_get")) === 3);
  expect(await owner.ask("delete large")).toBe("DELETED");
  for (const reader of readers) reader.hangUp();
  owner.hangUp();
  await untilAlone(server);
  expect(await usedChunks(server)).toBe(0);
});

test("a client that dies in mid-value gives its chunks back", async () => {
  await using server = await LiveServer.start(["-m", "256", "-I", "64m"]);
  const other = await server.connect();
  expect(await other.ask("set key 0 0 3\r\nold")).toBe("STORED");
  const before = await usedChunks(server);
  for (const leave of ["hangUp", "endInput"] as const) {
    const client = await server.connect();
    client.send("set key 0 0 50000000\r\n");
    client.send(noise(20 * MEBIBYTE));
    await until("its chunks", async () => (await usedChunks(server)) >= before + 41);
    client[leave]();
    await until("them to go", async () => (await usedChunks(server)) === before);
  }
  expect(await other.askAll("get key")).toEqual(["VALUE key 0 3", "old", "END"]);
});

test("who announces much and sends little takes little", async () => {
  await using server = await LiveServer.start(["-m", "64", "-I", "30m", "-M"]);
  const clients = await Promise.all(Array.from({ length: 20 }, () => server.connect()));
  for (const client of clients) client.send("set key 0 0 30000000\r\nx");
  await until("all chunks", async () => (await usedChunks(server)) === 40);
  for (const client of clients) client.hangUp();
  await untilAlone(server);
  expect(await usedChunks(server)).toBe(0);
});

describe("without evictions", () => {
  const words = ["-m", "64", "-I", "30m", "-M"];
  const value = noise(25_000_000);
  const refusal = "SERVER_ERROR Out of memory during read";

  test("a value for which there is no room is swallowed, and the old one stays", async () => {
    await using server = await LiveServer.start(words);
    const client = await server.connect();
    expect(await store(client, "a", value)).toBe("STORED");
    expect(await store(client, "b", value)).toBe("STORED");
    const before = await usedChunks(server);
    expect(await store(client, "c", value)).toBe(refusal);
    expect(await store(client, "a", value.subarray(1))).toBe(refusal);
    expect(await client.ask("append a 0 0 4000000\r\n".padEnd(4_000_022, "x"))).toBe("NOT_STORED");
    expect(await usedChunks(server)).toBe(before);
    expect(await fetches(client, "a", value)).toBe(true);
    expect(await client.ask("delete b")).toBe("DELETED");
    expect(await store(client, "c", value)).toBe("STORED");
    client.hangUp();
    await untilAlone(server);
    await expectNoLeak(server, ["a", "c"]);
  });

  test("noreply and q keep the refusal quiet", async () => {
    await using server = await LiveServer.start(words);
    const client = await server.connect();
    await store(client, "a", value);
    await store(client, "b", value);
    for (const line of ["set c 0 0 25000000 noreply", "ms c 25000000 q"]) {
      client.send(`${line}\r\n`);
      client.send(value);
      expect(await client.ask("\r\nmn")).toBe("MN");
    }
    client.send("ms c 25000000\r\n");
    client.send(value);
    client.send("\r\n");
    expect(await client.line()).toBe(refusal);
  });

  test("binary clients are told with a status", async () => {
    await using server = await LiveServer.start(words);
    const text = await server.connect();
    await store(text, "a", value);
    await store(text, "b", value);
    const client = await server.connect();
    const head = Buffer.alloc(24 + 8 + 1);
    head.writeUInt16BE(0x8001, 0);
    head.writeUInt16BE(1, 2);
    head.writeUInt8(8, 4);
    head.writeUInt32BE(9 + value.length, 8);
    head.write("c", 32);
    client.send(head);
    client.send(value);
    const body = "Out of memory during read";
    const reply = await client.take(24 + body.length, PATIENCE_MS);
    expect(reply.readUInt16BE(6)).toBe(0x82);
    expect(reply.subarray(24).toString()).toBe(body);
    // A no-op comes through: the connection is in step.
    head.fill(0);
    head.writeUInt16BE(0x800a, 0);
    client.send(head.subarray(0, 24));
    expect((await client.take(24)).readUInt16BE(0)).toBe(0x810a);
  });
});

test(
  "under memory pressure old values go, and none is torn",
  async () => {
    await using server = await LiveServer.start(["-t", "4", "-m", "64", "-I", "16m"]);
    const clients = await Promise.all([0, 1, 2, 3].map(() => server.connect()));
    const values = clients.map((_, index) => noise(3_000_000 + 900_000 * index, index));
    await Promise.all(
      clients.map(async (client, index) => {
        for (let round = 0; round < 20; round++) {
          expect(await store(client, `${index}:${round}`, values[index]!)).toBe("STORED");
          expect(await fetches(client, `${index}:${round}`, values[index]!)).toBe(true);
        }
      }),
    );
    expect(await server.stat("evictions")).toBeGreaterThan(40);
    for (const client of clients) client.send("quit\r\n");
    await untilAlone(server);
    const client = await server.connect();
    expect(await client.ask("flush_all")).toBe("OK");
    const keys = clients.flatMap((_, index) =>
      Array.from({ length: 20 }, (_, i) => `${index}:${i}`),
    );
    client.hangUp();
    await expectNoLeak(server, keys);
  },
  LIMIT_MS,
);

testWith(
  "openssl",
  "over TLS",
  async () => {
    const made = new Certificates();
    const { certFile, keyFile } = made.issue("server");
    const files = `ssl_chain_cert=${certFile},ssl_key=${keyFile}`;
    await using server = await LiveServer.start(["-Z", "-o", files, "-m", "256", "-I", "64m"]);
    const client = await TextClient.connectTls(server.port);
    const value = noise(30_000_000);
    expect(await store(client, "large", value)).toBe("STORED");
    expect(await fetches(client, "large", value)).toBe(true);
    client.pause();
    client.send("get large\r\n".repeat(2));
    const other = await TextClient.connectTls(server.port);
    expect(await other.ask("version")).toContain("VERSION");
    client.resume();
    expect(await takeValue(client, "large", value)).toBe(true);
    expect(await takeValue(client, "large", value)).toBe(true);
  },
  LIMIT_MS,
);

test("over UDP, in as many datagrams as it takes", async () => {
  const words = ["-U", "-1", "-I", "2m", "-o", "slab_chunk_max=16"];
  await using server = await LiveServer.start(words);
  const owner = await server.connect();
  const value = "0123456789abcdef".repeat(6250);
  expect(await owner.ask(`set large 0 0 ${value.length}\r\n${value}`)).toBe("STORED");
  const line = server.portLines.find((text) => text.startsWith("UDP INET: "));
  using client = await UdpClient.open(Number(line?.split(" ").at(-1)));
  const count = Math.ceil((value.length + `VALUE large 0 ${value.length}\r\n\r\n`.length) / 1392);
  const answers = await client.answers(client.send("get large\r\n"), count + 1);
  const text = answers.map(({ payload }) => payload).join("");
  expect(text).toBe(`VALUE large 0 ${value.length}\r\n${value}\r\nEND\r\n`);
});

test("over UDP a reply of more datagrams than can be numbered is dropped", async () => {
  await using server = await LiveServer.start(["-U", "-1", "-m", "256", "-I", "128m"]);
  const owner = await server.connect();
  expect(await store(owner, "huge", noise(95_000_000))).toBe("STORED");
  const line = server.portLines.find((text) => text.startsWith("UDP INET: "));
  using client = await UdpClient.open(Number(line?.split(" ").at(-1)));
  const before = server.residentKib();
  const answers = await client.answers(client.send("get huge\r\n"), 1);
  expect(answers.map(({ payload }) => payload)).toEqual(["END\r\n"]);
  expect(server.residentKib() - before).toBeLessThan(100 * 1024);
});

test("binary clients get values in chunks", async () => {
  await using server = await LiveServer.start(["-o", "slab_chunk_max=1"]);
  const client = await server.connect();
  const value = noise(20_000);
  expect(await store(client, "key", value)).toBe("STORED");
  const binary = await server.connect();
  const [GET, GETK, GAT, GATK] = [0x00, 0x0c, 0x1d, 0x23];
  for (const opcode of [GET, GETK, GAT, GATK]) {
    const extras = opcode === GAT || opcode === GATK ? 4 : 0;
    const request = Buffer.alloc(24 + extras + 3);
    request.writeUInt16BE(0x8000 | opcode, 0);
    request.writeUInt16BE(3, 2);
    request.writeUInt8(extras, 4);
    request.writeUInt32BE(extras + 3, 8);
    request.write("key", 24 + extras);
    // Several at once, so that they are answered together.
    binary.send(Buffer.concat([request, request]));
    const key = opcode === GETK || opcode === GATK ? "key" : "";
    for (let i = 0; i < 2; i++) {
      const reply = await binary.take(24 + 4 + key.length + value.length);
      expect(reply.readUInt16BE(0)).toBe(0x8100 | opcode);
      expect(reply.readUInt32BE(8)).toBe(4 + key.length + value.length);
      expect(reply.subarray(28, 28 + key.length).toString()).toBe(key);
      expect(reply.subarray(28 + key.length).equals(value)).toBe(true);
    }
  }
});

testWith(
  "memcached",
  "classic sizes: sizes, classes and used chunks are native memcached's",
  async () => {
    // Not with -o slab_chunk_max: memcached 1.6.18 takes that for bytes.
    const words = ["-I", "2m", "-m", "512", "-t", "1", "-o", "slab_automove=0"];
    await using ours = await LiveServer.start([...words, "-o", "classic_sizes"]);
    const native = { program: Bun.which("memcached") ?? "" };
    await using theirs = await LiveServer.start(words, native);
    const sides = await Promise.all([ours, theirs].map((server) => server.connect()));
    const around = [1, 500, 60_000, 200_000, 524_000, 524_200, 524_230, 600_000, 1_048_470];
    const verbs = ["set", "set", "append", "prepend", "add", "replace", "delete"];
    let state = 7;
    const pick = (count: number): number => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return (state >>> 16) % count;
    };
    for (let step = 0; step < 300; step++) {
      const key = "k".repeat(1 + 37 * pick(6)) + pick(3);
      const verb = verbs[pick(verbs.length)];
      const length = (around[pick(around.length)] as number) + pick(70);
      const request =
        verb === "delete"
          ? `delete ${key}`
          : `${verb} ${key} ${pick(2)} 0 ${length}\r\n${"v".repeat(length)}`;
      const replies = await Promise.all(sides.map((side) => side.ask(`${request}\r\nme ${key}`)));
      expect([step, verb, replies[0]]).toEqual([step, verb, replies[1]]);
      const shown = await Promise.all(sides.map((side) => side.line()));
      const [own, other] = shown.map((line) => line.replace(/ (?:la|cas)=\d+/g, ""));
      expect([step, own]).toEqual([step, other]);
      if (step % 10 === 0) expect(await figures(ours)).toEqual(await figures(theirs));
    }
    expect(await figures(ours)).toEqual(await figures(theirs));
  },
  LIMIT_MS,
);

/** Used chunks and pages of each class. */
async function figures(server: LiveServer): Promise<[string, string][]> {
  const all = [...(await server.stats("slabs"))];
  return all.filter(([name]) => /:(?:used_chunks|total_pages)$/.test(name));
}
