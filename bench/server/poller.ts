/**
 * The set of connections of one load, and which of them are ready.
 *
 * Place: between `libc.ts` and the loops. A connection is known by its index. The poller never
 * sleeps: a sleeping generator would make every answer of the server pay for waking it up, and
 * the price of that wake-up says nothing about the server.
 */
import {
  addressOf,
  closeSocket,
  connectLoopback,
  epollControl,
  epollCreate,
  epollPoll,
} from "./libc.ts";

const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_MOD = 3;
const EPOLLIN = 1;
const EPOLLOUT = 4;
/** `struct epoll_event` is packed on x86-64: 32 bits of events, then 64 bits of user data. */
const EVENT_WORDS = 3;

export class Poller {
  readonly sockets: Int32Array;
  private readonly epoll = epollCreate();
  private readonly events: Int32Array;
  private readonly eventsAddress: number;
  private readonly change = new Int32Array(EVENT_WORDS);

  constructor(port: number, connections: number) {
    this.sockets = new Int32Array(connections);
    this.events = new Int32Array(connections * EVENT_WORDS);
    this.eventsAddress = addressOf(this.events);
    for (let index = 0; index < connections; index++) {
      this.sockets[index] = connectLoopback(port);
      this.control(EPOLL_CTL_ADD, index, EPOLLIN);
    }
  }

  /** How many connections are ready; `ready(0)` up to that number names them. */
  poll(): number {
    return epollPoll(this.epoll, this.eventsAddress, this.sockets.length);
  }

  ready(position: number): number {
    return this.events[position * EVENT_WORDS + 1]!;
  }

  canSend(position: number): boolean {
    return (this.events[position * EVENT_WORDS]! & EPOLLOUT) !== 0;
  }

  canReceive(position: number): boolean {
    return (this.events[position * EVENT_WORDS]! & ~EPOLLOUT) !== 0;
  }

  /** Asks to hear when there is room to send again, or no longer. */
  watchRoom(index: number, watch: boolean): void {
    this.control(EPOLL_CTL_MOD, index, watch ? EPOLLIN | EPOLLOUT : EPOLLIN);
  }

  close(): void {
    for (const socket of this.sockets) closeSocket(socket);
    closeSocket(this.epoll);
  }

  private control(operation: number, index: number, events: number): void {
    this.change[0] = events;
    this.change[1] = index;
    epollControl(this.epoll, operation, this.sockets[index]!, addressOf(this.change));
  }
}
