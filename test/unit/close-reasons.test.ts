/**
 * Goal: conn_close says why a connection ended, as memcached does (specification §2.13). Method:
 * each way to end, in process, seen by a watcher.
 */
import { expect, test } from "bun:test";
import { CloseReason } from "../../assembly/shared/log.ts";
import { LocalServer } from "../support/in-process.ts";
import { latin1 } from "../support/bytes.ts";

type Open = ReturnType<LocalServer["open"]>;

function say({ connection }: Open, text: string): void {
  connection.receive(latin1(text));
}

const WAYS: readonly (readonly [string, string, (open: Open, server: LocalServer) => unknown])[] = [
  ["quit", "normal", (open) => say(open, "quit\r\n")],
  ["the end of input", "normal", ({ connection }) => connection.inputEnded()],
  [
    "the end of input in the middle of a value",
    "normal",
    (open) => {
      say(open, "set k 0 0 10\r\nhalf");
      open.connection.inputEnded();
    },
  ],
  ["a broken socket", "error", ({ connection }) => connection.gone()],
  ["a line that is too long", "error", (open) => say(open, "x".repeat(3000))],
  ["a browser", "error", (open) => say(open, "GETS / HTTP/1.1\r\n")],
  ["having nothing to say", "idle_timeout", (_, server) => server.advance(10)],
  ["a watcher's end of input", "normal", ({ connection }) => connection.inputEnded()],
];

test.each(WAYS)("%s: %s", (way, reason, end) => {
  const server = new LocalServer(["-A", "-o", "idle_timeout=5"]);
  const watcher = server.open();
  say(watcher, "watch connevents\r\n");
  const client = server.open();
  if (way.startsWith("a watcher")) say(client, "watch evictions\r\n");
  end(client, server);
  server.settle();
  const lines = Buffer.from(watcher.transport.received()).toString("latin1").split("\n");
  const peer = "rip=127.0.0.1 rport=40028 transport=tcp";
  expect(lines.map((line) => line.replace(/^ts=\S+ gid=\d+ /, ""))).toEqual([
    "OK\r",
    `type=conn_new ${peer} cfd=28`,
    `type=conn_close ${peer} reason=${reason} cfd=28`,
    "",
  ]);
  void server.stop();
});

test("shutdown, after which there is nobody left to be told", () => {
  const server = new LocalServer(["-A"]);
  const client = server.open();
  say(client, "shutdown\r\n");
  expect(client.connection.closeReason).toBe(CloseReason.SHUTDOWN);
  void server.stop();
});
