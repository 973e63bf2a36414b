/**
 * The C library calls of the load generator.
 *
 * Place: the bottom of the generator; nothing else in the benchmark talks to the kernel directly.
 * A call through `bun:ffi` costs a few nanoseconds and allocates nothing, so the generator has no
 * event loop and no garbage between two system calls. Addresses are plain numbers, so that an
 * offset can be added to one; whoever owns the buffer has to keep it alive.
 */
import { dlopen, ptr, read, type Pointer } from "bun:ffi";

/** A machine address; user space on 64-bit Linux fits a double exactly. */
export type Address = number;

const { symbols } = dlopen("libc.so.6", {
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  connect: { args: ["i32", "ptr", "i32"], returns: "i32" },
  setsockopt: { args: ["i32", "i32", "i32", "ptr", "i32"], returns: "i32" },
  close: { args: ["i32"], returns: "i32" },
  send: { args: ["i32", "ptr", "i32", "i32"], returns: "i32" },
  recv: { args: ["i32", "ptr", "i32", "i32"], returns: "i32" },
  memcmp: { args: ["ptr", "ptr", "i32"], returns: "i32" },
  epoll_create1: { args: ["i32"], returns: "i32" },
  epoll_ctl: { args: ["i32", "i32", "i32", "ptr"], returns: "i32" },
  epoll_wait: { args: ["i32", "ptr", "i32", "i32"], returns: "i32" },
  clock_gettime: { args: ["i32", "ptr"], returns: "i32" },
  __errno_location: { args: [], returns: "ptr" },
});

const AF_UNIX = 1;
const AF_INET = 2;
const SOCK_STREAM = 1;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = 20;
const SO_SNDTIMEO = 21;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const EAGAIN = 11;
const TIMEOUT_SECONDS = 10;
/** Of a Unix socket's address, the ending zero included. */
const UNIX_PATH_BYTES = 108;

/** Where `buffer` lives; valid as long as the caller holds the buffer. */
export function addressOf(buffer: NodeJS.TypedArray): Address {
  return Number(ptr(buffer));
}

function errno(): number {
  const location = symbols.__errno_location();
  return location === null ? 0 : read.i32(location, 0);
}

function orThrow(result: number, call: string): number {
  if (result < 0) throw new Error(`${call} failed, errno ${errno()}`);
  return result;
}

/** A connected socket, whose blocking calls give up after ten seconds. */
function connected(family: number, address: Uint8Array, name: string): number {
  const fd = orThrow(symbols.socket(family, SOCK_STREAM, 0), "socket");
  if (symbols.connect(fd, ptr(address), address.length) < 0) {
    const code = errno();
    symbols.close(fd);
    throw new Error(`connect to ${name} failed, errno ${code}`);
  }
  const timeout = BigInt64Array.of(BigInt(TIMEOUT_SECONDS), 0n);
  orThrow(symbols.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, ptr(timeout), 16), "setsockopt");
  orThrow(symbols.setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, ptr(timeout), 16), "setsockopt");
  return fd;
}

/** A connected TCP socket on the loopback. */
export function connectLoopback(port: number): number {
  const address = new Uint8Array(16);
  const view = new DataView(address.buffer);
  view.setUint16(0, AF_INET, true);
  view.setUint16(2, port, false);
  view.setUint32(4, 0x7f000001, false);
  const fd = connected(AF_INET, address, `port ${port}`);
  const one = Int32Array.of(1);
  orThrow(symbols.setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, ptr(one), 4), "setsockopt");
  return fd;
}

/** A connected Unix socket. */
export function connectUnix(path: string): number {
  const name = Buffer.from(path);
  if (name.length >= UNIX_PATH_BYTES) throw new Error(`${path} is too long for a Unix socket`);
  const address = new Uint8Array(2 + UNIX_PATH_BYTES);
  new DataView(address.buffer).setUint16(0, AF_UNIX, true);
  address.set(name, 2);
  return connected(AF_UNIX, address, path);
}

export function closeSocket(fd: number): void {
  symbols.close(fd);
}

function transferred(result: number, call: string): number {
  if (result >= 0) return result;
  if (errno() === EAGAIN) return -1;
  throw new Error(`${call} failed, errno ${errno()}`);
}

/** Bytes taken by the kernel, or -1 when it takes none right now. */
export function sendNow(fd: number, from: Address, length: number): number {
  const result = symbols.send(fd, from as Pointer, length, MSG_DONTWAIT | MSG_NOSIGNAL);
  return result >= 0 ? result : transferred(result, "send");
}

/** Bytes received, or -1 when there are none right now; the peer closing is an error. */
export function receiveNow(fd: number, into: Address, length: number): number {
  const result = symbols.recv(fd, into as Pointer, length, MSG_DONTWAIT);
  if (result > 0) return result;
  if (result === 0) throw new Error("the server closed the connection");
  return transferred(result, "recv");
}

/** Sends all of it, waiting as long as it takes (up to the socket's timeout). */
export function sendAll(fd: number, from: Address, length: number): void {
  for (let done = 0; done < length;) {
    const result = symbols.send(fd, (from + done) as Pointer, length - done, MSG_NOSIGNAL);
    done += orThrow(result, "send");
  }
}

/** Waits for some bytes (up to the socket's timeout). */
export function receiveSome(fd: number, into: Address, length: number): number {
  const result = orThrow(symbols.recv(fd, into as Pointer, length, 0), "recv");
  if (result === 0) throw new Error("the server closed the connection");
  return result;
}

export function equalBytes(left: Address, right: Address, length: number): boolean {
  return symbols.memcmp(left as Pointer, right as Pointer, length) === 0;
}

/** Processor time of a clock in microseconds; see `clock_gettime(2)` for the numbers. */
export function readClockMicros(clock: number): number {
  const time = new BigInt64Array(2);
  orThrow(symbols.clock_gettime(clock, ptr(time)), "clock_gettime");
  return Number(time[0]) * 1e6 + Number(time[1]) / 1e3;
}

export const epollCreate = (): number => orThrow(symbols.epoll_create1(0), "epoll_create1");

export function epollControl(epoll: number, operation: number, fd: number, event: Address): void {
  orThrow(symbols.epoll_ctl(epoll, operation, fd, event as Pointer), "epoll_ctl");
}

/** Number of ready sockets; never sleeps. */
export function epollPoll(epoll: number, events: Address, limit: number): number {
  return symbols.epoll_wait(epoll, events as Pointer, limit, 0);
}
