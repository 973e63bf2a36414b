/**
 * Replies to what came together leave in one write: in text and in binary, however many commands
 * there are. Where values are sent from their items it is one for each turn of `-R` commands,
 * which begins with one for free.
 *
 * Goal: a write is a system call, and most of what a small command costs; none is to be wasted.
 * Method: requests in one piece to a connection in process, whose transport counts.
 */
import { decodeAnswers, request } from "../support/binary-packets.ts";
import { expect, test } from "bun:test";
import { LocalServer } from "../support/in-process.ts";
import { fromLatin1, latin1 } from "../support/bytes.ts";

/** Copied into the outbox, and sent from its item. */
const SMALL = "v".repeat(100);
const LARGE = "w".repeat(40_000);

/** More than `-R` lets pass in one turn. */
const MANY = 50;

function repeated(count: number, one: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => one(index)).join("");
}

/** What is answered to a text that comes in one piece, and in how many writes. */
function answered(text: string): { bytes: Uint8Array; writes: number } {
  const server = new LocalServer([]);
  const { connection } = server.open();
  const values = [`set s 0 0 ${SMALL.length}`, SMALL, `set l 0 0 ${LARGE.length}`, LARGE];
  connection.receive(latin1(`${values.join("\r\n")}\r\n`));
  server.settle();
  connection.gone();
  const client = server.open();
  client.connection.receive(latin1(text));
  server.settle();
  return { bytes: client.transport.received(), writes: client.transport.writes };
}

const get = (key: string): string => request("Get", { key });
const getQ = (key: string): string => request("GetQ", { key });
const getKQ = (key: string): string => request("GetKQ", { key });
const noop = request("Noop");

/** How many answers there are to the packets. */
const BINARY: readonly (readonly [title: string, packets: string, answers: number])[] = [
  ["gets", repeated(10, () => get("s")), 10],
  ["more gets than one turn takes", repeated(MANY, () => get("s")), MANY],
  ["hits and misses", repeated(10, (i) => get(i % 3 === 0 ? "s" : "x")), 10],
  ["quiet gets, and a no-op", `${repeated(10, () => getQ("s"))}${noop}`, 11],
  ["quiet gets with keys, and a no-op", `${repeated(MANY, () => getKQ("s"))}${noop}`, MANY + 1],
  ["quiet misses, and a no-op", `${repeated(10, () => getQ("x"))}${noop}`, 1],
  ["quiet hits and misses", `${repeated(20, (i) => getQ(i % 2 === 0 ? "s" : "x"))}${noop}`, 11],
  ["gets of large values", repeated(10, () => get("l")), 10],
  ["quiet gets of large and small ones", `${repeated(20, (i) => getQ("sl"[i % 2]!))}${noop}`, 21],
  ["gets that touch", repeated(10, () => request("GAT", { key: "s" })), 10],
  ["sets", repeated(MANY, (i) => request("Set", { key: `k${i}`, value: SMALL })), MANY],
  ["quiet sets, and a no-op", `${repeated(10, () => request("SetQ", { key: "k" }))}${noop}`, 1],
  [
    "commands of every kind",
    repeated(10, (i) =>
      [
        request("Set", { key: `n${i}`, value: "5" }),
        request("Increment", { key: `n${i}`, delta: "2" }),
        get(`n${i}`),
        request("AppendQ", { key: "s", value: "+" }),
        getQ("x"),
        request("Delete", { key: "x" }),
        request("Version"),
        getKQ("s"),
        noop,
      ].join(""),
    ),
    70,
  ],
  ["statistics", request("Stat"), -1],
];

test.each(BINARY)("binary: %s", (_, packets, count) => {
  const { bytes, writes } = answered(packets);
  const answers = decodeAnswers(bytes);
  if (count >= 0) expect(answers.length).toBe(count);
  else expect(answers.length).toBeGreaterThan(80);
  expect(writes).toBe(1);
});

const TEXT: readonly (readonly [title: string, lines: string, end: string])[] = [
  ["gets", repeated(10, () => "get s x s\r\n"), "END\r\n"],
  ["more gets than one turn takes", repeated(MANY, () => "get s\r\n"), "END\r\n"],
  ["gets of large values", repeated(10, () => "get l s l\r\n"), "END\r\n"],
  ["lines of mg", repeated(MANY, () => "mg s v\r\n"), `VA 100\r\n${SMALL}\r\n`],
  ["quiet lines of mg, and mn", `${repeated(MANY, () => "mg x v q\r\n")}mn\r\n`, "MN\r\n"],
  ["sets", repeated(MANY, (i) => `set k${i} 0 0 1\r\nx\r\n`), "STORED\r\n"],
  ["every kind", repeated(20, () => "incr x 1\r\nget s\r\nbogus\r\nmg s\r\nmn\r\n"), "MN\r\n"],
];

test.each(TEXT)("text: %s", (_, lines, end) => {
  const { bytes, writes } = answered(lines);
  expect(fromLatin1(bytes)).toEndWith(end);
  expect(writes).toBe(1);
});

test.each([
  [21, 1],
  [22, 2],
  [50, 3],
])("%d commands that get large values: %d writes", (count, writes) => {
  const binary = answered(repeated(count, () => get("l")));
  const text = answered(repeated(count, () => "get l\r\n"));
  expect(decodeAnswers(binary.bytes).length).toBe(count);
  expect([binary.writes, text.writes]).toEqual([writes, writes]);
});

test("what comes in two pieces leaves in two", () => {
  const server = new LocalServer([]);
  const { connection, transport } = server.open();
  for (let writes = 1; writes <= 2; writes++) {
    connection.receive(latin1(`${get("s")}${noop}`));
    server.settle();
    expect([transport.writes, decodeAnswers(transport.received()).length]).toEqual([
      writes,
      2 * writes,
    ]);
  }
});
