/**
 * Figures that connections move: their number, their turns, who they are, and those who watch.
 */
import { join } from "node:path";
import { Door } from "../../src/server/door.ts";
import { expect } from "bun:test";
import type { Ledger } from "./ledger.ts";
import { MORE, type Row, type Step, all, hit, set, stored } from "./row.ts";

/** One of them is ada, whose password is secret. */
const USERS = join(import.meta.dirname, "../transcript/users.txt");

const connect: Step = (ledger: Ledger): unknown => ledger.connect();

const APPEARS = {
  curr_connections: 1,
  "conns 29:addr": "none → tcp:127.0.0.1:40029",
  "conns 29:listen_addr": "none → tcp:127.0.0.1:11211",
  "conns 29:state": "none → conn_read",
};

function watch(kinds: string): Step {
  return (ledger) => ledger.connect().say(`watch ${kinds}`);
}

/** So many gets of keys of 200 bytes, which nobody reads the log of meanwhile. */
function manyGets(count: number): Step {
  const line = `mg ${"k".repeat(200)}`;
  return Array.from({ length: count }, () => line);
}

/** A client comes to the thread's door, where there is no room. */
function refuse({ context }: Ledger["server"]["thread"]): void {
  const door = new Door<null>([], {
    connections: context.shared.connections,
    counters: context.counters,
    capacity: 0,
    refuseFast: true,
    onFailure: (error) => expect(error).toBeNull(),
  });
  const socket = { write: () => 0, end: () => undefined };
  door.enter(socket as never, () => expect("nobody").toBe("served"));
}

function login(what: string): string {
  return `set auth 0 0 ${what.length}\r\n${what}\r\n`;
}

/** Fetches from COLD that a thread remembers until the maintainer comes. */
const BUMPS = 8192;

const PIECE = 256;

/** Calls `work` for ranges that together are 0 … count. */
function inPieces(count: number, work: (from: number, to: number) => void): void {
  for (let from = 0; from < count; from += PIECE) work(from, Math.min(count, from + PIECE));
}

function names(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => `k${from + index}`);
}

/** One item more than that, all in COLD, without a second that passes. */
function manyInCold({ server, client }: Ledger): void {
  inPieces(BUMPS + 1, (from, to) => {
    client.say(...names(from, to).flatMap((key) => set(key)));
  });
  const [{ abi }] = server.context.core.cores as [(typeof server.context.core.cores)[0]];
  abi.setLruShares(0, 0, 1e9, 1e9);
  while (abi.juggle(1) > 0);
  abi.setLruShares(20, 40, 1e9, 1e9);
}

function fetchAll(count: number): Step {
  return ({ client }) => {
    inPieces(count, (from, to) => client.say(...names(from, to).map((key) => `mg ${key}`)));
  };
}

export const CONNECTION_ROWS: readonly Row[] = [
  {
    title: "a new connection",
    when: [connect],
    moves: { ...APPEARS, total_connections: 1, connection_structures: 1 },
  },
  {
    title: "the end of one",
    given: [connect],
    when: [({ others }) => others[0]?.connection.gone()],
    moves: {
      curr_connections: -1,
      "conns 29:addr": "tcp:127.0.0.1:40029 → none",
      "conns 29:listen_addr": "tcp:127.0.0.1:11211 → none",
      "conns 29:state": "conn_read → none",
    },
  },
  {
    title: "a connection that is refused",
    options: ["-c", "10"],
    when: [({ server }) => refuse(server.thread)],
    moves: { rejected_connections: 1 },
  },
  {
    title: "one that is idle for too long",
    options: ["-o", "idle_timeout=5,no_lru_maintainer,no_lru_crawler"],
    given: [connect],
    when: [4, ["mn"], (ledger) => ledger.figures(), 3],
    moves: {
      idle_kicks: 1,
      curr_connections: -1,
      "conns 29:addr": "tcp:127.0.0.1:40029 → none",
      "conns 29:listen_addr": "tcp:127.0.0.1:11211 → none",
      "conns 29:state": "conn_read → none",
    },
  },
  {
    title: "one that has more commands than its turn has",
    given: [set("a")],
    when: [Array.from({ length: 50 }, () => "mg a")],
    moves: { ...hits(50), conn_yields: 2 },
  },
  {
    title: "somebody says who he is",
    options: ["-Y", USERS],
    greeting: login("ada secret"),
    when: [connect],
    moves: { ...APPEARS, total_connections: 1, connection_structures: 1, auth_cmds: 1 },
  },
  {
    title: "somebody says it wrong",
    options: ["-Y", USERS],
    greeting: login("ada secret"),
    given: [(ledger) => ledger.connect("")],
    when: [({ others }) => others[0]?.send(login("ada nonsense"))],
    moves: { auth_cmds: 1, auth_errors: 1 },
  },
  {
    title: "somebody watches",
    given: [connect],
    when: [({ others }) => others[0]?.say("watch mutations")],
    moves: { log_watchers: 1, "conns 29:state": "conn_read → conn_watch" },
  },
  {
    title: "what he is told",
    given: [watch("mutations"), set("a")],
    when: [["get a"], set("a")],
    moves: {
      ...all(hit(), stored()),
      total_items: 1,
      log_worker_written: 1,
      log_watcher_sent: 1,
    },
  },
  {
    title: "more than fits a thread's log",
    options: ["-o", "worker_logbuf_size=64"],
    given: [watch("fetchers")],
    when: [manyGets(2000)],
    moves: {
      cmd_get: 2000,
      get_misses: 2000,
      conn_yields: 99,
      log_worker_written: MORE,
      log_worker_dropped: MORE,
      log_watcher_sent: MORE,
    },
  },
  {
    title: "more than fits what a watcher is to be sent",
    options: ["-o", "watcher_logbuf_size=64,worker_logbuf_size=1024"],
    given: [watch("fetchers"), ({ others }) => others[0]?.take(0)],
    when: [manyGets(2000)],
    moves: {
      cmd_get: 2000,
      get_misses: 2000,
      conn_yields: 99,
      log_worker_written: 2000,
      log_watcher_sent: MORE,
      log_watcher_skipped: MORE,
    },
  },
  {
    title: "a fetch that asks for a move from COLD, and one too many does so",
    options: ["-o", "no_lru_crawler"],
    given: [manyInCold, fetchAll(BUMPS + 1), fetchAll(BUMPS)],
    when: [[`mg k${BUMPS}`]],
    moves: { ...hit(1, "cold"), lru_bumps_dropped: 1 },
  },
];

function hits(count: number): Row["moves"] {
  return all(...Array.from({ length: count }, () => hit()));
}
