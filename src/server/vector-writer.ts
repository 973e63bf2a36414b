/**
 * Writing to a socket past Bun: send(2), and sendmsg(2) for several parts in one system call.
 *
 * Bun's sockets write one range at a time; a large value between two runs of replies would take
 * three system calls, where memcached needs one. Only for plain TCP, and only where libc can be
 * called: otherwise SocketTransport writes through Bun.
 *
 *     message  0      8        16    24        32     …     56
 *     msghdr   │ name │ length │ iov │ iov count│ control … flags │
 *     64       iovec: address (8) │ length (8), for each part
 */
import { PARTS_MAX, type Parts } from "../base/parts.ts";
import { type Libc, libc } from "./process/libc.ts";
import { type Pointer, ptr } from "bun:ffi";

const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const FLAGS = MSG_DONTWAIT | MSG_NOSIGNAL;

const IOV_AT = 64;
const IOV_SIZE = 16;
const TWO_32 = 2 ** 32;

export class VectorWriter {
  /** The buffer that `write` sends from. */
  readonly outbox: Uint8Array;
  readonly #send: Libc["send"];
  readonly #sendmsg: Libc["sendmsg"];
  readonly #outboxAddress: number;
  /** Addresses of the linear memories in the process. */
  readonly #memoryAddresses: readonly number[];
  readonly #message = new Uint32Array((IOV_AT + IOV_SIZE * PARTS_MAX) / 4);
  readonly #messageAddress: Pointer;

  private constructor(memories: readonly Uint8Array[], outbox: Uint8Array, library: Libc) {
    this.outbox = outbox;
    this.#outboxAddress = ptr(outbox);
    this.#send = library.send;
    this.#sendmsg = library.sendmsg;
    this.#memoryAddresses = memories.map((memory) => ptr(memory));
    this.#messageAddress = ptr(this.#message);
    this.#setAddress(16, this.#messageAddress + IOV_AT);
  }

  /** Null where libc cannot be called. */
  static open(memories: readonly Uint8Array[], outbox: Uint8Array): VectorWriter | null {
    const library = libc();
    return library === null ? null : new VectorWriter(memories, outbox, library);
  }

  #setAddress(at: number, address: number): void {
    this.#message[at / 4] = address % TWO_32;
    this.#message[at / 4 + 1] = Math.floor(address / TWO_32);
  }

  /** Bytes taken of outbox[offset … offset + length), or -1. */
  write(fd: number, offset: number, length: number): number {
    return Number(this.#send(fd, (this.#outboxAddress + offset) as Pointer, length, FLAGS));
  }

  /** Bytes taken of all parts together, or -1: the caller then asks Bun what is wrong. */
  writeParts(fd: number, parts: Parts): number {
    for (let i = 0; i < parts.count; i++) {
      const at = IOV_AT + i * IOV_SIZE;
      const memoryAddress = this.#memoryAddresses[parts.memory(i)] as number;
      this.#setAddress(at, memoryAddress + parts.offset(i));
      this.#message[at / 4 + 2] = parts.length(i);
    }
    this.#message[24 / 4] = parts.count;
    return Number(this.#sendmsg(fd, this.#messageAddress, FLAGS));
  }
}
