/**
 * The send buffer of a UDP socket: a large reply is hundreds of datagrams at once.
 *
 * memcached asks for the largest size that the system does not refuse; Linux refuses none and cuts
 * it to net.core.wmem_max.
 */
import { libc } from "./libc.ts";
import { ptr } from "bun:ffi";

/** Linux: asm-generic/socket.h. */
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;

/** memcached's MAX_SENDBUF_SIZE. */
const WANTED = 256 * 1024 * 1024;

/** What to tell at `-vv`, or null where the buffer is left as it is. */
export function growSendBuffer(descriptor: number): string | null {
  const library = libc();
  if (library === null || process.platform !== "linux") return null;
  const size = new Int32Array(1);
  const length = new Uint32Array([size.byteLength]);
  if (library.getsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, ptr(size), ptr(length)) !== 0) {
    return null;
  }
  const [before] = size;
  size[0] = WANTED;
  if (library.setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, ptr(size), size.byteLength) !== 0) {
    return null;
  }
  return `<${descriptor} send buffer was ${before}, now ${WANTED}`;
}
