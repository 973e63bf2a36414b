/**
 * Text authentication (`-Y`): what a connection may say before it is somebody (specification §6.2).
 *
 *     set <anything> <any> <any> <bytes>     the line; "set" is all that is looked at
 *     user password                          the token: <bytes> bytes, then CR LF
 *
 * The first space of the token divides it. Everything else is refused, and stores nothing. A
 * connection has a Login that is open until it is authenticated, and none at all without `-Y`.
 */
import type { Context } from "../command/context.ts";
import { Credentials } from "../base/credentials.ts";
import { HostCounter } from "../base/host-counters.ts";
import type { Input } from "./input.ts";
import { Outcome } from "../command/outcome.ts";
import type { SharedText } from "../base/shared-text.ts";
import { latin1 } from "../protocol/tokens.ts";
import { readU32 } from "../protocol/numbers.ts";
import { reply } from "../protocol/replies.ts";
import { respond } from "../command/respond.ts";

const SPACE = 0x20;
const CR = 0x0d;
const LF = 0x0a;
const CR_LF_LENGTH = 2;

/** A line with fewer bytes before its LF closes the connection. */
const LINE_LENGTH_MIN = 6;

const TOKEN_LENGTH_MAX = 16384;
const NOTHING = new Uint8Array(0);

/** The users of one thread: parsed again when the shared text has changed. */
export class Users {
  readonly #shared: SharedText;
  #version = 0;
  #credentials: Credentials | null = null;

  constructor(shared: SharedText) {
    this.#shared = shared;
  }

  /** Nobody is a user before there are any. */
  check(user: Uint8Array, password: Uint8Array): boolean {
    if (this.#shared.version !== this.#version) {
      const { text, version } = this.#shared.read();
      this.#credentials = Credentials.parse(text);
      this.#version = version;
    }
    return this.#credentials?.check(user, password) ?? false;
  }
}

export class Login {
  /** Until the client is somebody. */
  isOpen = true;
  readonly #users: Users;
  /** The token with its CR LF, and how much of it has come. */
  #token: Uint8Array = NOTHING;
  #length = 0;

  constructor(users: Users) {
    this.#users = users;
  }

  /** The line is inbox[start … end); its terminator reaches up to `next`. */
  executeLine(context: Context, start: number, end: number, next: number): Outcome {
    const { tokens } = context;
    const { inbox } = context.core;
    if (next - 1 - start < LINE_LENGTH_MIN) return Outcome.CLOSE;
    tokens.cut(inbox, start, end);
    const isSet = tokens.count >= 5 && latin1(inbox, start, start + 3) === "set";
    const length = isSet ? readU32(inbox, tokens.start(4), tokens.length(4)) : Number.NaN;
    if (Number.isNaN(length)) {
      respond(context, reply.unauthenticated, false);
    } else if (length > TOKEN_LENGTH_MAX) {
      respond(context, reply.tokenTooLong, false);
    } else {
      this.#token = new Uint8Array(length + CR_LF_LENGTH);
      this.#length = 0;
      return Outcome.UPLOAD;
    }
    return Outcome.DONE;
  }

  /** Takes what there is of the token; whether that is all of it. */
  take(inbox: Uint8Array, input: Input): boolean {
    const fromInbox = Math.min(this.#missing, input.end - input.at);
    this.#append(inbox.subarray(input.at, input.at + fromInbox));
    input.at += fromInbox;
    this.#append(input.takeChunk(this.#missing));
    return this.#missing === 0;
  }

  get #missing(): number {
    return this.#token.length - this.#length;
  }

  #append(part: Uint8Array): void {
    this.#token.set(part, this.#length);
    this.#length += part.length;
  }

  /** The token has come: answers it. */
  finish(context: Context): void {
    this.isOpen = !this.#judge(context);
  }

  /** Whether the client is somebody now. */
  #judge(context: Context): boolean {
    const end = this.#token.length - CR_LF_LENGTH;
    const space = this.#token.subarray(0, end).indexOf(SPACE);
    if (this.#token[end] !== CR || this.#token[end + 1] !== LF) {
      respond(context, reply.badTermination, false);
      return false;
    }
    if (space < 0) {
      respond(context, reply.badToken, false);
      return false;
    }
    const user = this.#token.subarray(0, space);
    const isUser = this.#users.check(user, this.#token.subarray(space + 1, end));
    this.#token.fill(0);
    context.counters.add(HostCounter.AUTH_COMMANDS, 1);
    if (!isUser) context.counters.add(HostCounter.AUTH_ERRORS, 1);
    respond(context, isUser ? reply.stored : reply.authFailure, false);
    return isUser;
  }
}
