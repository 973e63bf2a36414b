/**
 * Native memcached as the fastest local client sees it: a Unix socket, blocking system calls, and
 * requests that lie ready. Answers are told by their length, which is known, and the first of each
 * kind is compared; a client that takes them apart can only be slower.
 *
 * Place: runs in a measuring process, which starts the server and ends it.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addressOf, closeSocket, connectUnix, receiveSome, sendAll } from "../server/libc.ts";
import { Random } from "../server/random.ts";
import { SEED } from "../support/parameters.ts";
import { KeyMaker, ValueMaker } from "./numbered.ts";
import type { NativeResult, NativeTask } from "./task.ts";

const VALUE_BYTES = 32;
const BATCH = 50;
/** Different requests to take turns. */
const VARIANTS = 4096;
const START_MILLIS = 10_000;
const BUFFER_BYTES = 256 * 1024;
const WARM_UP_SHARE = 0.25;

const keys = new KeyMaker("key:");
const values = new ValueMaker("text", VALUE_BYTES);

const setText = (number: number): string =>
  `set ${keys.text(number)} 0 0 ${VALUE_BYTES}\r\n${String(values.make(number))}\r\n`;
const valueText = (number: number): string =>
  `VALUE ${keys.text(number)} 0 ${VALUE_BYTES}\r\n${String(values.make(number))}\r\n`;
const all = (numbers: readonly number[], text: (number: number) => string): string =>
  numbers.map((number) => text(number)).join("");

/** One way to ask: requests for so many keys at once, and their answers. */
interface Way {
  readonly name: string;
  readonly keysEach: number;
  request(numbers: readonly number[]): string;
  answer(numbers: readonly number[]): string;
}

const getEach = (numbers: readonly number[]): string =>
  all(numbers, (number) => `get ${keys.text(number)}\r\n`);
const foundEach = (numbers: readonly number[]): string =>
  all(numbers, (number) => `${valueText(number)}END\r\n`);
const setEach = (numbers: readonly number[]): string => all(numbers, setText);
const storedEach = (numbers: readonly number[]): string => "STORED\r\n".repeat(numbers.length);

const WAYS: readonly Way[] = [
  { name: "get, one at a time", keysEach: 1, request: getEach, answer: foundEach },
  { name: "get, 50 pipelined", keysEach: BATCH, request: getEach, answer: foundEach },
  {
    name: "get of 50 keys",
    keysEach: BATCH,
    request: (numbers) => `get ${numbers.map((number) => keys.text(number)).join(" ")}\r\n`,
    answer: (numbers) => `${all(numbers, valueText)}END\r\n`,
  },
  { name: "set, one at a time", keysEach: 1, request: setEach, answer: storedEach },
  { name: "set, 50 pipelined", keysEach: BATCH, request: setEach, answer: storedEach },
];

class Client {
  readonly #socket: number;
  readonly #received = Buffer.alloc(BUFFER_BYTES);
  readonly #receivedAt = addressOf(this.#received);

  constructor(path: string) {
    this.#socket = connectUnix(path);
  }

  close(): void {
    closeSocket(this.#socket);
  }

  exchange(request: number, length: number, answerLength: number): void {
    sendAll(this.#socket, request, length);
    let received = 0;
    while (received < answerLength) {
      const room = BUFFER_BYTES - received;
      received += receiveSome(this.#socket, this.#receivedAt + received, room);
    }
    if (received !== answerLength) throw new Error("more bytes came than were asked for");
  }

  /** Sends a request and compares what comes. */
  expect(request: string, answer: string): void {
    const bytes = Buffer.from(request, "latin1");
    this.exchange(addressOf(bytes), bytes.length, answer.length);
    const got = this.#received.toString("latin1", 0, answer.length);
    if (got !== answer) throw new Error(`memcached answered ${got.slice(0, 80)}`);
  }
}

function fill(client: Client, entries: number): void {
  for (let first = 0; first < entries; first += BATCH) {
    const count = Math.min(BATCH, entries - first);
    const numbers = Array.from({ length: count }, (_, at) => first + at);
    client.expect(setEach(numbers), storedEach(numbers));
  }
}

/** Operations in a second. */
function rateOf(client: Client, way: Way, { entries, seconds }: NativeTask): number {
  const random = new Random(SEED);
  const draws = Array.from({ length: VARIANTS }, () =>
    Array.from({ length: way.keysEach }, () => random.below(entries)),
  );
  const [first = []] = draws;
  client.expect(way.request(first), way.answer(first));
  const answerLength = way.answer(first).length;
  const requests = draws.map((numbers) => Buffer.from(way.request(numbers), "latin1"));
  const addresses = requests.map((request) => addressOf(request));
  let turn = 0;
  const run = (runSeconds: number): number => {
    const start = performance.now();
    const end = start + runSeconds * 1000;
    const from = turn;
    while (performance.now() < end) {
      const at = turn++ & (VARIANTS - 1);
      client.exchange(addresses[at] as number, requests[at]?.length ?? 0, answerLength);
    }
    return ((turn - from) * way.keysEach) / ((performance.now() - start) / 1000);
  };
  run(seconds * WARM_UP_SHARE);
  return run(seconds);
}

async function connected(path: string): Promise<Client> {
  const deadline = Date.now() + START_MILLIS;
  for (;;) {
    try {
      return new Client(path);
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await Bun.sleep(20);
    }
  }
}

export async function measureNative(task: NativeTask): Promise<NativeResult> {
  const folder = mkdtempSync(join(tmpdir(), "wasmcached-native-"));
  const path = join(folder, "socket");
  const words = ["-s", path, "-t", "1", "-m", "2048", "-u", "root"];
  const server = Bun.spawn(["memcached", ...words], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "inherit",
  });
  try {
    const client = await connected(path);
    fill(client, task.entries);
    const rates = WAYS.map((way) => [way.name, rateOf(client, way, task)] as const);
    client.close();
    return Object.fromEntries(rates);
  } finally {
    server.kill("SIGKILL");
    await server.exited;
    rmSync(folder, { recursive: true, force: true });
  }
}
