/**
 * libc: the few functions of the C library that Bun has no door to.
 *
 * The only file that opens a library; everything else in this folder asks `libc()` and copes with
 * null. bun:ffi is experimental, and on a system with another C library the names may differ, so
 * each use has an answer for "not there": a warning, or the way things are without it.
 *
 * Invariants: the library is opened once, on first use, and never closed. Every call that can fail
 * is followed by `lastError()` before anything else runs: errno belongs to the thread and to the
 * moment.
 */

import { dlopen, FFIType, type Pointer, read } from "bun:ffi";

/** glibc and musl (two architectures, two names) in the order tried. */
const LIBRARY_NAMES = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"];

const SYMBOLS = {
  __errno_location: { args: [], returns: "ptr" },
  strerror: { args: ["i32"], returns: "cstring" },
  getpwnam: { args: ["ptr"], returns: "ptr" },
  getrlimit: { args: ["i32", "ptr"], returns: "i32" },
  setrlimit: { args: ["i32", "ptr"], returns: "i32" },
  mlockall: { args: ["i32"], returns: "i32" },
  mmap: { args: ["ptr", "u64", "i32", "i32", "i32", "i64"], returns: "ptr" },
  mprotect: { args: ["ptr", "u64", "i32"], returns: "i32" },
  madvise: { args: ["ptr", "u64", "i32"], returns: "i32" },
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  inet_pton: { args: ["i32", "ptr", "ptr"], returns: "i32" },
  bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
  getsockname: { args: ["i32", "ptr", "ptr"], returns: "i32" },
  listen: { args: ["i32", "i32"], returns: "i32" },
  open: { args: ["ptr", "i32", "i32"], returns: "i32" },
  send: { args: ["i32", "ptr", FFIType.u64_fast, "i32"], returns: FFIType.i64_fast },
  sendmsg: { args: ["i32", "ptr", "i32"], returns: FFIType.i64_fast },
  getsockopt: { args: ["i32", "i32", "i32", "ptr", "ptr"], returns: "i32" },
  setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
  dup: { args: ["i32"], returns: "i32" },
  dup2: { args: ["i32", "i32"], returns: "i32" },
} as const;

export type Libc = ReturnType<typeof openLibrary>;

let opened: Libc | null | undefined;

/** The library, or null where there is none we know. */
export function libc(): Libc | null {
  if (opened === undefined) opened = openFirst();
  return opened;
}

function openFirst(): Libc | null {
  for (const name of LIBRARY_NAMES) {
    try {
      return openLibrary(name);
    } catch {
      // Not this one.
    }
  }
  return null;
}

function openLibrary(name: string) {
  return dlopen(name, SYMBOLS).symbols;
}

/** errno of the call just made. */
export function lastError(library: Libc): number {
  return read.i32(library.__errno_location() as Pointer, 0);
}

/** The text of errno of the call just made. */
export function lastErrorText(library: Libc): string {
  return String(library.strerror(lastError(library)));
}

/** A C string. */
export function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}
