/**
 * A connection: the state machine that turns a client's bytes into commands and takes the replies
 * back.
 *
 * The server calls it when something happened to the socket (`receive`, `drained`, `inputEnded`,
 * `gone`) or when its turn has come again (`proceed`); it then runs until it has to wait. Between
 * such events it owns nothing of the thread: input and replies that must outlast the event are its
 * own. It knows no Bun type: see transport.ts.
 *
 * Rules kept here: all replies to one event leave in one write; replies are held while a value is
 * incomplete, but not while a line is; while unsent bytes wait, nothing is read.
 */
import type { Context } from "../command/context.ts";
import { BinaryReader } from "./binary-reader.ts";
import { HostCounter } from "../base/host-counters.ts";
import { MAGIC_REQUEST } from "../protocol/binary-packet.ts";
import { Outcome, Upload } from "../command/outcome.ts";
import type { Reader } from "./reader.ts";
import { State, mayFollow, stateName } from "./state.ts";
import { TextReader } from "./text-reader.ts";
import { abandonUpload } from "../command/storage.ts";
import { type HeldPool, HeldReplies } from "./held-replies.ts";
import { Input } from "./input.ts";
import { Outbound } from "./outbound.ts";
import type { Login } from "./login.ts";
import type { Parts } from "../base/parts.ts";
import type { Sink } from "../command/output.ts";
import type { Transport } from "./transport.ts";
import { takeValue } from "./value-input.ts";

const LF = 0x0a;
const CR = 0x0d;

export class Connection implements Sink {
  readonly id: number;
  state = State.NEW_CMD;
  /** Internal seconds of the last command. */
  lastCommandAt: number;

  readonly #context: Context;
  readonly #transport: Transport;
  /** Asks for a later call of `proceed`. */
  readonly #askTurn: (connection: Connection) => void;
  readonly #heldPool: HeldPool;
  readonly #input: Input;
  readonly #outbound: Outbound;
  readonly #upload = new Upload();
  /** Chosen by the first byte that comes. */
  #reader: Reader | null = null;
  readonly #held = new HeldReplies();
  #credits = 0;
  #hasReplies = false;
  /** Replies up to here in the outbox are not held while a value is incomplete. */
  #fence = 0;
  #isPaused = false;
  #isQuitting = false;
  #hasInputEnded = false;
  #isGone = false;
  /** What the client has to do before anything else, with `-Y`. */
  readonly #login: Login | null;

  constructor(
    id: number,
    context: Context,
    transport: Transport,
    askTurn: (connection: Connection) => void,
    heldPool: HeldPool,
    login: Login | null = null,
  ) {
    this.#login = login;
    this.id = id;
    this.#heldPool = heldPool;
    this.#context = context;
    this.#transport = transport;
    this.#askTurn = askTurn;
    this.#input = new Input(context.core.inbox);
    this.#outbound = new Outbound(context.core);
    this.lastCommandAt = context.clock.now;
    this.#go(State.WAITING);
  }

  // ── Events ─────────────────────────────────────────────────────────────────────────────────────

  /** The socket gave input. The chunk's buffer belongs to the connection from now on. */
  receive(chunk: Uint8Array): void {
    this.#context.counters.add(HostCounter.BYTES_READ, chunk.length);
    this.#input.give(chunk);
    // Faster than it is served: the rest stays in the kernel until this is worked off.
    if (this.#isBusy) this.#pause();
    else this.#work();
  }

  /** The socket takes bytes again. What waits goes, also in the middle of a value to come. */
  drained(): void {
    if (!this.isBlocked) return;
    const sent = this.#outbound.send(this.#transport);
    if (sent < 0) {
      this.gone();
      return;
    }
    this.#context.counters.add(HostCounter.BYTES_WRITTEN, sent);
    if (this.state === State.MWRITE && !this.isBlocked) this.#work();
  }

  /** The peer sends no more. What it sent before is still answered. */
  inputEnded(): void {
    this.#hasInputEnded = true;
    if (!this.#isBusy) this.#work();
  }

  /** The socket is gone, for whatever reason. */
  gone(): void {
    if (this.state === State.CLOSED) return;
    this.#isGone = true;
    this.#go(State.CLOSING);
    this.#work();
  }

  /** Its turn has come again after it used up its credits. */
  proceed(): void {
    if (this.state === State.NEW_CMD) this.#work();
  }

  /** Closes an idle connection. */
  kick(): void {
    const { settings, log } = this.#context;
    if (settings.verbosity > 1) log(`Closing idle fd ${this.id}\n`);
    this.gone();
  }

  /** At rest between commands: only then an idle connection may be closed. */
  get isResting(): boolean {
    return this.state === State.WAITING;
  }

  get secondsSinceLastCommand(): number {
    return Math.max(0, this.#context.clock.now - this.lastCommandAt);
  }

  get #isYielding(): boolean {
    return this.state === State.NEW_CMD;
  }

  /** It waits for its turn or for its client to read: input has to wait. */
  get #isBusy(): boolean {
    return this.state === State.MWRITE || this.#isYielding;
  }

  #pause(): void {
    if (!this.#isPaused) this.#transport.pause();
    this.#isPaused = true;
  }

  #resume(): void {
    if (this.#isPaused) this.#transport.resume();
    this.#isPaused = false;
  }

  // ── The machine ────────────────────────────────────────────────────────────────────────────────

  #go(next: State): void {
    const { settings, log } = this.#context;
    if (settings.verbosity > 2 && next !== this.state) {
      log(`${this.id}: going from ${stateName(this.state)} to ${stateName(next)}\n`);
    }
    if (settings.debug && !mayFollow(this.state, next)) {
      throw new Error(`no transition from ${stateName(this.state)} to ${stateName(next)}`);
    }
    this.state = next;
  }

  /** Runs until the connection has to wait. The thread's inbox and outbox are this connection's. */
  #work(): void {
    const { output } = this.#context;
    this.#context.connectionId = this.id;
    this.#context.refreshSettings();
    output.sink = this;
    this.#held.restore(output, this.#heldPool);
    this.#credits = this.#context.settings.requestsPerEvent;
    this.#input.unpark();
    while (this.#step());
    this.#input.park(this.#isYielding);
    if (this.state === State.CLOSED) {
      this.#dropReplies();
      this.#input.clear();
      return;
    }
    if (output.parts.count > 0) {
      this.flushOutbox();
    } else {
      if (this.#fence > 0 && !this.#isYielding) this.#flushTo(this.#fence);
      this.#held.hold(output, this.#heldPool);
    }
    if (!this.#isBusy) this.#resume();
    this.publishState();
  }

  /** One step of the machine; false when it has to wait. */
  #step(): boolean {
    switch (this.state) {
      case State.NEW_CMD:
        return this.#newCommand();
      case State.WAITING:
        return this.#wait();
      case State.READ:
        return this.#read();
      case State.PARSE_CMD:
        return this.#parse();
      case State.NREAD:
        return this.#readValue();
      case State.SWALLOW:
        return this.#swallow();
      case State.MWRITE:
        return this.#write();
      case State.CLOSING:
        return this.#close();
      default:
        return false;
    }
  }

  #newCommand(): boolean {
    const input = this.#input;
    if (this.#isQuitting || this.#isGone) {
      this.#go(State.CLOSING);
    } else if (this.isBlocked) {
      this.#go(State.MWRITE);
    } else if (input.at < input.end || !input.isDrained) {
      if (this.#credits-- <= 0) return this.#yield();
      this.#go(input.at < input.end ? State.PARSE_CMD : State.READ);
    } else {
      this.#go(this.#hasReplies ? State.MWRITE : State.WAITING);
    }
    return true;
  }

  /** Others have their turn first; replies so far go out with those of the next turn. */
  #yield(): boolean {
    this.#context.counters.add(HostCounter.YIELDS, 1);
    this.#askTurn(this);
    return false;
  }

  #wait(): boolean {
    if (this.#input.isDrained && !this.#hasInputEnded) return false;
    this.#go(State.READ);
    return true;
  }

  #read(): boolean {
    if (this.#input.load()) this.#go(State.PARSE_CMD);
    else this.#go(this.#hasInputEnded ? State.CLOSING : State.WAITING);
    return true;
  }

  #parse(): boolean {
    const reader = (this.#reader ??= this.#chooseReader());
    const outcome = reader.parse(this.#input, this.#upload, this.#credits);
    if (outcome === Outcome.MORE) {
      this.#go(this.#stateForMore());
      return true;
    }
    this.#credits -= reader.further;
    this.lastCommandAt = this.#context.clock.now;
    this.#hasReplies = true;
    this.#follow(outcome);
    return true;
  }

  /** More of a command is to come: replies so far do not wait for it. */
  #stateForMore(): State {
    if (!this.#input.isDrained) return State.READ;
    return this.#hasReplies ? State.MWRITE : State.WAITING;
  }

  /** The client's first byte decides which protocol it speaks, unless `-B` or `-S` has. */
  #chooseReader(): Reader {
    const { settings, log, core } = this.#context;
    // Text knows no SASL: nobody may pass by it that way.
    const bindingProtocol = settings.sasl ? "binary" : settings.bindingProtocol;
    const isMagic = core.inbox[this.#input.at] === MAGIC_REQUEST;
    const protocol = bindingProtocol === "auto" ? (isMagic ? "binary" : "ascii") : bindingProtocol;
    const isTold = settings.verbosity > 1 && !this.#transport.isDatagram;
    if (bindingProtocol === "auto" && isTold) {
      log(`${this.id}: Client using the ${protocol} protocol\n`);
    }
    const context = this.#context;
    return protocol === "binary" ? new BinaryReader(context) : new TextReader(context, this.#login);
  }

  #follow(outcome: Outcome): void {
    switch (outcome) {
      case Outcome.DONE:
        this.#go(State.NEW_CMD);
        break;
      case Outcome.FLUSH:
        this.#fence = this.#context.output.end;
        this.#go(State.NEW_CMD);
        break;
      case Outcome.UPLOAD:
        this.#go(State.NREAD);
        break;
      case Outcome.SWALLOW:
        this.#go(State.SWALLOW);
        break;
      case Outcome.QUIT:
        this.#isQuitting = true;
        this.#go(State.MWRITE);
        break;
      default:
        this.#dropReplies();
        this.#go(State.CLOSING);
    }
  }

  /** The value, then the CR LF behind it. */
  #readValue(): boolean {
    if (this.#login?.isOpen === true) return this.#readToken(this.#login);
    const { core } = this.#context;
    const input = this.#input;
    const upload = this.#upload;
    if (!takeValue(core, input, upload)) return this.#failValue();
    if (upload.valueLeft > 0) return this.#waitInCommand();
    while (upload.endLeft > 0) {
      const byte = this.#nextByte();
      if (byte < 0) return this.#waitInCommand();
      if (byte !== (upload.endLeft === 2 ? CR : LF)) upload.isEndRight = false;
      upload.endLeft--;
    }
    this.#reader?.finish(upload);
    this.#go(State.NEW_CMD);
    return true;
  }

  /** There is no memory for the rest of the value: it is read and dropped. */
  #failValue(): boolean {
    const upload = this.#upload;
    this.#reader?.fail(upload);
    abandonUpload(this.#context, upload);
    upload.swallowLength = upload.valueLeft + upload.endLeft;
    this.#go(State.SWALLOW);
    return true;
  }

  /** The token of a client that is to authenticate; it is gathered on the side. */
  #readToken(login: Login): boolean {
    if (!login.take(this.#context.core.inbox, this.#input)) return this.#waitInCommand();
    login.finish(this.#context);
    this.#go(State.NEW_CMD);
    return true;
  }

  #nextByte(): number {
    const input = this.#input;
    if (input.at < input.end) return this.#context.core.inbox[input.at++] as number;
    const part = input.takeChunk(1);
    return part.length === 0 ? -1 : (part[0] as number);
  }

  #swallow(): boolean {
    const upload = this.#upload;
    upload.swallowLength -= this.#input.drop(upload.swallowLength);
    if (upload.swallowLength > 0) return this.#waitInCommand();
    this.#go(State.NEW_CMD);
    return true;
  }

  /** More of the command is to come, unless the peer has stopped sending. */
  #waitInCommand(): boolean {
    if (!this.#hasInputEnded) return false;
    this.#dropReplies();
    this.#go(State.CLOSING);
    return true;
  }

  #write(): boolean {
    this.flushOutbox();
    if (this.#isGone) {
      this.#go(State.CLOSING);
      return true;
    }
    if (this.isBlocked) {
      this.#pause();
      return false;
    }
    this.#hasReplies = false;
    this.#go(State.NEW_CMD);
    return true;
  }

  #close(): boolean {
    const { settings, log } = this.#context;
    const isTold = settings.verbosity > 1 && !this.#transport.isDatagram;
    if (isTold) log(`<${this.id} connection closed.\n`);
    abandonUpload(this.#context, this.#upload);
    this.#outbound.clear();
    this.#go(State.CLOSED);
    this.#transport.close();
    return false;
  }

  /** The connection ends without them. */
  #dropReplies(): void {
    const { output, core } = this.#context;
    output.clear(core.abi.release);
  }

  // ── Sink ───────────────────────────────────────────────────────────────────────────────────────

  publishState(): void {
    this.#context.shared.connections.update(this.id, this.state, this.lastCommandAt);
  }

  get isBlocked(): boolean {
    return !this.#outbound.isEmpty;
  }

  flushOutbox(): void {
    const { output } = this.#context;
    if (output.parts.count > 0) {
      this.#flushParts();
    } else if (output.end > 0) {
      this.#flushTo(output.end);
    }
    this.#fence = 0;
    output.reset();
  }

  /** The outbox's beginning, where there are no values from items. */
  #flushTo(end: number): void {
    const { output } = this.#context;
    if (!this.#isGone) {
      const taken = this.isBlocked ? 0 : this.#transport.write(output.bytes, 0, end);
      this.#sent(taken);
      if (taken >= 0) this.#outbound.pushCopy(output.bytes, taken, end);
    }
    this.#fence = 0;
    output.dropTo(end);
  }

  /** Runs of the outbox and values from items, in one write. */
  #flushParts(): void {
    const { output, core } = this.#context;
    const { parts } = output;
    output.closeRun();
    if (parts.hasRuns) {
      this.#flushRuns(parts);
      return;
    }
    let taken = 0;
    if (!this.isBlocked && !this.#isGone) {
      taken = this.#transport.writeParts(core.bytes, parts);
      this.#sent(taken);
    }
    for (let i = 0; i < parts.count; i++) {
      const itemPtr = parts.itemPtr(i);
      const length = parts.length(i);
      const start = parts.offset(i) + Math.min(taken, length);
      const end = parts.offset(i) + length;
      taken = Math.max(0, taken - length);
      if (itemPtr === 0) this.#outbound.pushCopy(core.bytes, start, end);
      else if (start === end || this.#isGone) core.abi.release(itemPtr);
      else this.#outbound.pushItem(start, end, itemPtr);
    }
  }

  /** The same where values in chunks are among them: all goes by the queue. */
  #flushRuns(parts: Parts): void {
    const outbound = this.#outbound;
    const wasBlocked = this.isBlocked;
    for (let i = 0; i < parts.count; i++) {
      const itemPtr = parts.itemPtr(i);
      const start = parts.offset(i);
      const end = start + parts.length(i);
      if (itemPtr === 0) outbound.lend(start, end);
      else if (start === 0) outbound.pushRuns(itemPtr);
      else outbound.pushItem(start, end, itemPtr);
    }
    if (!wasBlocked && !this.#isGone) this.#sent(outbound.send(this.#transport));
    outbound.keepLent();
  }

  #sent(taken: number): void {
    if (taken < 0) this.#isGone = true;
    else this.#context.counters.add(HostCounter.BYTES_WRITTEN, taken);
  }
}
