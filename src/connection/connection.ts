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
import type { BindingProtocol } from "../base/settings.ts";
import { CloseReason } from "../../assembly/shared/log.ts";
import { HostCounter } from "../base/host-counters.ts";
import { Outcome, Upload } from "../command/outcome.ts";
import type { ReplyStream } from "../command/reply-stream.ts";
import type { Reader } from "./reader.ts";
import { State } from "./state.ts";
import { abandonUpload } from "../command/storage.ts";
import { chooseReader } from "./choose-reader.ts";
import { type HeldPool, HeldReplies } from "./held-replies.ts";
import { Input } from "./input.ts";
import { Sending } from "./sending.ts";
import type { Login } from "./login.ts";
import { OutputMark, type Sink } from "../command/output.ts";
import { Throttle } from "./throttle.ts";
import type { Transport } from "./transport.ts";
import type { Watcher } from "../base/log-client.ts";
import { Watching } from "./watching.ts";
import { noteTransition } from "./transition.ts";
import { takeValue } from "./value-input.ts";

const LF = 0x0a;
const CR = 0x0d;

export class Connection implements Sink {
  readonly id: number;
  state = State.NEW_CMD;
  /** Internal seconds of the last command. */
  lastCommandAt: number;
  closeReason = CloseReason.ERROR;

  readonly #context: Context;
  readonly #transport: Transport;
  readonly #throttle: Throttle;
  /** Asks for a later call of `proceed`. */
  readonly #askTurn: (connection: Connection) => void;
  readonly #heldPool: HeldPool;
  readonly #input: Input;
  readonly #sending: Sending;
  readonly #upload = new Upload();
  /** A reply that is being sent part by part. */
  #stream: ReplyStream | null = null;
  /** Chosen by the first byte that comes. */
  #reader: Reader | null = null;
  readonly #held = new HeldReplies();
  #credits = 0;
  #hasReplies = false;
  hasQueuedReplies = false;
  /** memcached has sent replies up to here by now: they wait for no value, and for no end. */
  readonly #fence = new OutputMark();
  #isQuitting = false;
  #hasInputEnded = false;
  #watching: Watching | null = null;
  /** What the client has to do before anything else, with `-Y`. */
  readonly #login: Login | null;
  readonly #bindingProtocol: BindingProtocol;

  constructor(
    id: number,
    context: Context,
    transport: Transport,
    askTurn: (connection: Connection) => void,
    heldPool: HeldPool,
    login: Login | null = null,
    bindingProtocol: BindingProtocol = context.settings.bindingProtocol,
  ) {
    this.#bindingProtocol = bindingProtocol;
    this.#login = login;
    this.id = id;
    this.#heldPool = heldPool;
    this.#context = context;
    this.#transport = transport;
    this.#throttle = new Throttle(transport);
    this.#askTurn = askTurn;
    this.#input = new Input(context.core.inbox);
    this.#sending = new Sending(context, transport);
    this.lastCommandAt = context.clock.now;
    this.#go(State.WAITING);
  }

  // ── Events ─────────────────────────────────────────────────────────────────────────────────────

  /** The socket gave input. The chunk's buffer belongs to the connection from now on. */
  receive(chunk: Uint8Array): void {
    this.#context.counters.add(HostCounter.BYTES_READ, chunk.length);
    this.#input.give(chunk);
    if (this.state === State.WATCH) return this.#input.clear();
    // Faster than it is served: the rest stays in the kernel until this is worked off.
    if (this.#isBusy) this.#throttle.pause();
    else this.#work();
  }

  /** The socket takes bytes again. What waits goes, also in the middle of a value to come. */
  drained(): void {
    if (!this.isBlocked) return this.#sendLines();
    this.#sending.goOn();
    if (this.#sending.isGone) return this.gone();
    const isWaiting = this.state === State.MWRITE || this.state === State.STREAM;
    if (isWaiting && !this.isBlocked) this.#work();
    this.#sendLines();
  }

  /** The peer sends no more. What it sent before is still answered. */
  inputEnded(): void {
    this.#hasInputEnded = true;
    if (!this.#isBusy) this.#work();
  }

  /** The socket is gone, for whatever reason. */
  gone(): void {
    if (this.state === State.CLOSED) return;
    this.#sending.isGone = true;
    this.#go(State.CLOSING);
    this.#work();
  }

  /** Its turn has come again after it used up its credits. */
  proceed(): void {
    if (this.#isYielding) this.#work();
  }

  /** Closes an idle connection. */
  kick(): void {
    const { settings, log } = this.#context;
    if (settings.verbosity > 1) log(`Closing idle fd ${this.id}\n`);
    this.closeReason = CloseReason.IDLE_TIMEOUT;
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
    return this.state === State.NEW_CMD || this.state === State.STREAM;
  }

  /** It waits for its turn or for its client to read: input has to wait. */
  get #isBusy(): boolean {
    return this.state === State.MWRITE || this.#isYielding;
  }

  // ── The machine ────────────────────────────────────────────────────────────────────────────────

  #go(next: State): void {
    noteTransition(this.#context, this.id, this.state, next);
    this.state = next;
  }

  /** Runs until the connection has to wait. The thread's inbox and outbox are this connection's. */
  #work(): void {
    const { output, core } = this.#context;
    this.#context.connectionId = this.id;
    core.events.begin(this.id);
    this.#context.refreshSettings();
    output.sink = this;
    this.#held.restore(output, this.#heldPool);
    this.#credits = this.#context.settings.requestsPerEvent;
    this.#input.unpark();
    while (this.#step());
    this.#input.park(this.#isYielding);
    if (this.state === State.CLOSED) {
      output.clear(core.abi.release);
      this.#input.clear();
      return;
    }
    if (output.parts.count > 0) {
      this.flushOutbox();
    } else {
      if (this.#fence.end > 0 && !this.#isYielding) {
        this.#sending.flushTo(this.#fence.end);
        this.#fence.clear();
      }
      this.#held.hold(output, this.#heldPool);
    }
    if (!this.#isBusy) this.#throttle.resume();
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
      case State.WATCH:
        return this.#watch();
      case State.STREAM:
        return this.#writeStream();
      case State.CLOSING:
        return this.#close();
      default:
        return false;
    }
  }

  #newCommand(): boolean {
    const input = this.#input;
    if (this.#isQuitting || this.#sending.isGone) {
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
    // memcached sends them now.
    this.#context.output.setMark(this.#fence);
    this.hasQueuedReplies = false;
    this.#askTurn(this);
    return false;
  }

  #wait(): boolean {
    if (this.#input.isDrained && !this.#hasInputEnded) return false;
    this.#go(State.READ);
    return true;
  }

  #read(): boolean {
    if (this.#input.load()) this.#parseNext();
    else if (this.#hasInputEnded) this.#end(CloseReason.NORMAL);
    else this.#go(State.WAITING);
    return true;
  }

  #parseNext(): void {
    this.#reader?.lookAhead(this.#input, this.#credits + 1);
    this.#go(State.PARSE_CMD);
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
    this.hasQueuedReplies = outcome !== Outcome.FLUSH;
    this.#follow(outcome);
    return true;
  }

  /** More of a command is to come: replies so far do not wait for it. */
  #stateForMore(): State {
    if (!this.#input.isDrained) return State.READ;
    return this.#hasReplies ? State.MWRITE : State.WAITING;
  }

  #chooseReader(): Reader {
    const { core } = this.#context;
    const first = core.inbox[this.#input.at] as number;
    const isTold = !this.#transport.isDatagram;
    const binding = this.#bindingProtocol;
    return chooseReader(this.#context, this.id, first, binding, isTold, this.#login);
  }

  #follow(outcome: Outcome): void {
    switch (outcome) {
      case Outcome.DONE:
        this.#go(State.NEW_CMD);
        break;
      case Outcome.FLUSH:
        this.#context.output.setMark(this.#fence);
        this.#go(State.NEW_CMD);
        break;
      case Outcome.UPLOAD:
        this.#go(State.NREAD);
        break;
      case Outcome.SWALLOW:
        this.#go(State.SWALLOW);
        break;
      case Outcome.STREAM:
        this.#stream = this.#context.stream;
        this.#context.stream = null;
        this.#go(State.STREAM);
        break;
      case Outcome.QUIT:
        this.#isQuitting = true;
        this.closeReason = CloseReason.NORMAL;
        this.#go(State.MWRITE);
        break;
      case Outcome.WATCH:
        // What else was sent is not looked at.
        this.#input.at = this.#input.end;
        this.#input.clear();
        this.flushOutbox();
        this.#go(State.WATCH);
        break;
      default:
        this.#cutOff(outcome === Outcome.SHUTDOWN ? CloseReason.SHUTDOWN : CloseReason.ERROR);
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
      const byte = input.takeByte();
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
    this.#cutOff(CloseReason.NORMAL);
    return true;
  }

  /** Ends without the replies that memcached has not sent by now. */
  #cutOff(reason: CloseReason): void {
    const { output, core } = this.#context;
    output.cutToMark(core.abi.release, this.#fence);
    this.#isQuitting = true;
    this.closeReason = reason;
    this.#go(output.end > 0 ? State.MWRITE : State.CLOSING);
  }

  #end(reason: CloseReason): void {
    this.closeReason = reason;
    this.#go(State.CLOSING);
  }

  #write(): boolean {
    this.flushOutbox();
    if (this.#sending.isGone) {
      this.#go(State.CLOSING);
      return true;
    }
    if (this.isBlocked) {
      this.#throttle.pause();
      return false;
    }
    this.#hasReplies = false;
    this.hasQueuedReplies = false;
    this.#go(State.NEW_CMD);
    return true;
  }

  /** One part of a long reply; others have their turn before the next one. */
  #writeStream(): boolean {
    if (this.#sending.isGone) {
      this.#go(State.CLOSING);
      return true;
    }
    if (this.isBlocked) {
      this.#throttle.pause();
      return false;
    }
    const isMore = this.#stream?.next() === true;
    this.flushOutbox();
    if (isMore) {
      this.#askTurn(this);
      return false;
    }
    this.#stream = null;
    this.#hasReplies = false;
    this.#go(State.NEW_CMD);
    return true;
  }

  /** It rests until its client goes away; lines are sent as they come. */
  #watch(): boolean {
    if (this.#hasInputEnded || this.#sending.isGone) {
      this.#end(this.#sending.isGone ? CloseReason.ERROR : CloseReason.NORMAL);
      return true;
    }
    this.#sendLines();
    return false;
  }

  #sendLines(): void {
    if (this.state !== State.WATCH || this.isBlocked) return;
    if (this.#watching?.send() === false) this.gone();
  }

  #close(): boolean {
    this.#stream?.abandon();
    this.#stream = null;
    const { settings, log } = this.#context;
    const isTold = settings.verbosity > 1 && !this.#transport.isDatagram;
    if (isTold) log(`<${this.id} connection closed.\n`);
    abandonUpload(this.#context, this.#upload);
    this.#watching?.close();
    this.#sending.clear();
    this.#go(State.CLOSED);
    this.#transport.close();
    return false;
  }

  // ── Sink ───────────────────────────────────────────────────────────────────────────────────────

  publishState(): void {
    this.#context.shared.connections.update(this.id, this.state, this.lastCommandAt);
  }

  get mayWatch(): boolean {
    return this.#transport.isDatagram !== true;
  }

  watch(watcher: Watcher): void {
    const { counters } = this.#context;
    this.#watching = new Watching(watcher, this.#transport, counters, () => this.#sendLines());
  }

  get isBlocked(): boolean {
    return this.#sending.isBlocked;
  }

  flushOutbox(): void {
    this.#sending.flush();
    this.#fence.clear();
  }
}
