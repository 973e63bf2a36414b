/**
 * What a client says before it has authenticated (`-Y`) gets the same replies however it arrives,
 * lets nobody in without a right pair, stores nothing, and leaves the connection in step.
 *
 * Method: a conversation of lines and tokens, right and wrong, whose replies are known; a fence of
 * `version` lines behind it. One server reads it whole, another in pieces. Some conversations end
 * in noise: then the two must still agree.
 */
import { LocalServer } from "../support/in-process.ts";
import type { Random } from "../support/random.ts";
import { latin1 } from "../support/bytes.ts";
import { join } from "node:path";
import { same } from "../property/difference.ts";

const USERS = join(import.meta.dirname, "../transcript/users.txt");
const PIECE_MAX = 60;
const TOKEN_MAX = 16_384;

/** Bytes without a line feed after which a client is not listened to any more. */
const LINE_MAX = 2048;

const RIGHT = ["ada secret", "bob two words: and colons", " nameless", "empty ", "eighth 8"];
const WRONG = ["ada Secret", "ada secret ", "ninth 9", " ", "ada ", "ada secret\0", "eighth 8\r\n"];
const LINES = [
  "get stolen",
  "set stolen",
  "version",
  "set a 0 0 x",
  "set a 0 0 -1",
  "ms s 1",
  "\0a b c",
];
const UNAUTHENTICATED = "CLIENT_ERROR unauthenticated\r\n";

interface Part {
  readonly sent: string;
  readonly reply: string;
  readonly isRight?: boolean;
}

function attempt(token: string, reply: string, isRight = false): Part {
  return { sent: `set stolen 0 0 ${token.length}\r\n${token}\r\n`, reply, isRight };
}

function part(random: Random): Part {
  switch (random.below(7)) {
    case 0:
      return attempt(random.pick(WRONG), "CLIENT_ERROR authentication failure\r\n");
    case 1:
      return attempt(
        "x".repeat(random.below(300)),
        "CLIENT_ERROR bad authentication token format\r\n",
      );
    case 2: {
      const sent = `set stolen 0 0 3\r\na b${random.pick(["xx", "\rx", "\n\n", "x\n"])}`;
      return { sent, reply: "CLIENT_ERROR bad command line termination\r\n" };
    }
    case 3: {
      const length = random.pick([TOKEN_MAX + 1, 100_000, 4_294_967_295]);
      return { sent: `settle a b c ${length}\r\n`, reply: "CLIENT_ERROR auth token too long\r\n" };
    }
    case 4: {
      const token = `ada ${"p".repeat(random.below(TOKEN_MAX - 4))}`;
      return attempt(token, "CLIENT_ERROR authentication failure\r\n");
    }
    case 5:
      return random.oneIn(3) ? attempt(random.pick(RIGHT), "STORED\r\n", true) : part(random);
    default:
      return { sent: `${random.pick(LINES)}\r\n`, reply: UNAUTHENTICATED };
  }
}

/** Parts up to the first right one, and the fence behind them. */
function conversation(random: Random): Part[] {
  const parts: Part[] = [];
  for (let count = random.below(12); count > 0; count--) {
    parts.push(part(random));
    if (parts.at(-1)?.isRight === true) break;
  }
  const isIn = parts.at(-1)?.isRight === true;
  parts.push({ sent: "get stolen\r\n", reply: isIn ? "END\r\n" : UNAUTHENTICATED });
  parts.push({ sent: "version\r\n", reply: isIn ? "VERSION 1.6.45\r\n" : UNAUTHENTICATED });
  return parts;
}

interface End {
  readonly replies: string;
  readonly isClosed: boolean;
}

function played(server: LocalServer, bytes: Uint8Array, random: Random | null): End {
  const { connection, transport } = server.open();
  for (let at = 0; at < bytes.length && !transport.isClosed;) {
    const size =
      random === null ? bytes.length : 1 + random.below(random.oneIn(9) ? 9000 : PIECE_MAX);
    const end = Math.min(bytes.length, at + size);
    connection.receive(bytes.slice(at, end));
    if (random?.oneIn(2) ?? true) server.settle();
    at = end;
  }
  server.settle();
  const replies = Buffer.from(transport.received()).toString("latin1");
  const { isClosed } = transport;
  connection.gone();
  return { replies, isClosed };
}

/** Lines or any bytes; or a line without an end, which is more than is taken. */
function noise(random: Random): string {
  if (random.oneIn(4)) return "x".repeat(LINE_MAX + 1 + random.below(20_000));
  const byte = (): number => (random.oneIn(2) ? 0x20 + random.below(90) : random.below(256));
  return String.fromCharCode(...Array.from({ length: random.below(1000) }, byte));
}

/** `events` is the number of conversations. */
export function fuzzLogin(random: Random, events: number): void {
  const whole = new LocalServer(["-Y", USERS]);
  const pieces = new LocalServer(["-Y", USERS]);
  for (let count = 0; count < events; count++) {
    const parts = conversation(random);
    const tail = random.oneIn(3) ? noise(random) : "";
    const bytes = latin1(parts.map(({ sent }) => sent).join("") + tail);
    const expected = parts.map(({ reply }) => reply).join("");
    const where = `conversation ${count}`;
    const end = played(whole, bytes, null);
    const cut = played(pieces, bytes, random);
    same(`${where}, its end`, cut.isClosed, end.isClosed);
    if (tail.length > LINE_MAX) same(`${where}, an endless line`, end.isClosed, true);
    // Replies to bytes that came together with the reason of an end are lost with the connection.
    if (end.isClosed) {
      const shared = Math.min(cut.replies.length, expected.length);
      same(`${where}, closed`, cut.replies.slice(0, shared), expected.slice(0, shared));
      continue;
    }
    same(where, tail === "" ? end.replies : end.replies.slice(0, expected.length), expected);
    same(`${where}, in pieces`, cut.replies, end.replies);
  }
  for (const { context } of [whole, pieces]) same("faults", context.core.abi.check(), 0);
}
