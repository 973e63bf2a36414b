/**
 * Binds an address for a moment without listening: fails if anybody has it, and names a free port.
 *
 * Whoever connects meanwhile is refused, as before and as a client that is early expects. A socket
 * that listened would take him in, and cut him off when it goes.
 */
import { constants } from "node:os";
import { closeSync } from "node:fs";
import { ptr } from "bun:ffi";
import { type Libc, cString, lastError, lastErrorText, libc } from "./libc.ts";

/** Linux, on x86-64 and arm64 alike. */
const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM_CLOEXEC = 0o2000001;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;

/**
 *     sockaddr_in    family u16 │ port u16 big endian │ address 4 │ 8 zeroes
 *     sockaddr_in6   family u16 │ port u16 big endian │ flow u32  │ address 16 │ scope u32
 */
const PORT_AT = 2;
const ADDRESS_AT_4 = 4;
const ADDRESS_AT_6 = 8;
const LENGTH_4 = 16;
const LENGTH_6 = 28;

/** The socket's name, or null for an address with a zone, which is not read here. */
function socketName(library: Libc, host: string, port: number): Buffer | null {
  const isSix = host.includes(":");
  const name = Buffer.alloc(isSix ? LENGTH_6 : LENGTH_4);
  const family = isSix ? AF_INET6 : AF_INET;
  new Uint16Array(name.buffer, name.byteOffset, 1)[0] = family;
  name.writeUInt16BE(port, PORT_AT);
  const address = name.subarray(isSix ? ADDRESS_AT_6 : ADDRESS_AT_4);
  return library.inet_pton(family, ptr(cString(host)), ptr(address)) === 1 ? name : null;
}

/** The error of the call just made, with its code as Bun's have it. */
function systemError(library: Libc): Error {
  const number = lastError(library);
  const names = Object.entries(constants.errno);
  const code = names.find(([, value]) => value === number)?.[0] ?? `errno ${number}`;
  return Object.assign(new Error(lastErrorText(library)), { code });
}

function setOn(library: Libc, descriptor: number, level: number, option: number): void {
  const one = new Int32Array([1]);
  library.setsockopt(descriptor, level, option, ptr(one), one.byteLength);
}

function bindOnce(library: Libc, descriptor: number, name: Buffer): number {
  // As every listener: connections of a server that has ended are no hindrance.
  setOn(library, descriptor, SOL_SOCKET, SO_REUSEADDR);
  if (name.length === LENGTH_6) setOn(library, descriptor, IPPROTO_IPV6, IPV6_V6ONLY);
  if (library.bind(descriptor, ptr(name), name.length) !== 0) throw systemError(library);
  const length = new Uint32Array([name.length]);
  if (library.getsockname(descriptor, ptr(name), ptr(length)) !== 0) throw systemError(library);
  return name.readUInt16BE(PORT_AT);
}

/**
 * The port that was bound: the one given, or a free one for 0. Null where it cannot be tried so.
 *
 * @throws an error with a `code`, such as EADDRINUSE
 */
export function bindAlone(host: string, port: number): number | null {
  const library = process.platform === "linux" ? libc() : null;
  const name = library === null ? null : socketName(library, host, port);
  if (library === null || name === null) return null;
  const family = name.length === LENGTH_6 ? AF_INET6 : AF_INET;
  const descriptor = library.socket(family, SOCK_STREAM_CLOEXEC, 0);
  if (descriptor < 0) throw systemError(library);
  try {
    return bindOnce(library, descriptor, name);
  } finally {
    closeSync(descriptor);
  }
}
