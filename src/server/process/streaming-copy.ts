/**
 * Copying large values into their items past the processor's caches.
 *
 * An item that a large value goes to has long left the caches. An ordinary copy fetches each of its
 * lines first, only to overwrite it, and drives out what the next requests need: that is a fifth of
 * a set of 64 KiB. Neither WebAssembly nor libc has stores that pass the caches by at this size, so
 * these are fourteen instructions of our own, in a page that may be executed. Where that cannot be
 * had (another processor, no libc, a system that forbids it) values are copied like all else.
 */
import { FFIType, linkSymbols, type Pointer, ptr, toArrayBuffer } from "bun:ffi";
import { libc } from "./libc.ts";

/** Puts bytes at an offset of a memory. */
export type CopyInto = (offset: number, bytes: Uint8Array) => void;

/** A line of the caches: what is stored as a whole. */
const LINE = 64;

/**
 * `(to, from, length)` in rdi, rsi and rdx, as all functions on Linux have them. `length` is a
 * multiple of 64 and not 0, and `to` lies on such a multiple, so that whole lines leave at once.
 * Other processors may see these stores late and in any order: hence the fence, before anybody is
 * told of the bytes.
 */
const CODE = Uint8Array.from(
  [
    [0x0f, 0x10, 0x06], // again: movups (%rsi), %xmm0
    [0x0f, 0x10, 0x4e, 0x10], //  movups 16(%rsi), %xmm1
    [0x0f, 0x10, 0x56, 0x20], //  movups 32(%rsi), %xmm2
    [0x0f, 0x10, 0x5e, 0x30], //  movups 48(%rsi), %xmm3
    [0x0f, 0x2b, 0x07], //        movntps %xmm0, (%rdi)
    [0x0f, 0x2b, 0x4f, 0x10], //  movntps %xmm1, 16(%rdi)
    [0x0f, 0x2b, 0x57, 0x20], //  movntps %xmm2, 32(%rdi)
    [0x0f, 0x2b, 0x5f, 0x30], //  movntps %xmm3, 48(%rdi)
    [0x48, 0x83, 0xc7, 0x40], //  add $64, %rdi
    [0x48, 0x83, 0xc6, 0x40], //  add $64, %rsi
    [0x48, 0x83, 0xea, 0x40], //  sub $64, %rdx
    [0x75, 0xd4], //              jne again
    [0x0f, 0xae, 0xf8], //        sfence
    [0xc3], //                       ret
  ].flat(),
);

type Stream = (to: Pointer, from: Pointer, length: number) => void;

let stream: Stream | null | undefined;

const PROT_READ = 1;
const PROT_WRITE = 2;
const PROT_EXEC = 4;
const MAP_PRIVATE = 2;
const MAP_ANONYMOUS = 0x20;
const PAGE = 4096;

function load(): Stream | null {
  const library = libc();
  if (library === null || process.platform !== "linux" || process.arch !== "x64") return null;
  const length = BigInt(PAGE);
  const flags = MAP_PRIVATE | MAP_ANONYMOUS;
  const page = library.mmap(null, length, PROT_READ | PROT_WRITE, flags, -1, 0n) as Pointer;
  // What mmap returns for a failure is no address that a program can have.
  if (!(page > 0 && page < 2 ** 47)) return null;
  new Uint8Array(toArrayBuffer(page, 0, PAGE)).set(CODE);
  if (library.mprotect(page, length, PROT_READ | PROT_EXEC) !== 0) return null;
  const args = [FFIType.ptr, FFIType.ptr, FFIType.u64_fast] as const;
  return linkSymbols({ stream: { ptr: page, args, returns: FFIType.void } }).symbols.stream;
}

/** The copy into `memory`, which must never move; null where there is none. */
export function streamingCopy(memory: Uint8Array): CopyInto | null {
  if (stream === undefined) stream = load();
  const copyLines = stream;
  if (copyLines === null) return null;
  const base = ptr(memory);
  return (offset, bytes) => {
    const head = Math.min(-(base + offset) & (LINE - 1), bytes.length);
    const body = (bytes.length - head) & -LINE;
    const rest = head + body;
    if (head > 0) memory.set(bytes.subarray(0, head), offset);
    if (body > 0) {
      copyLines((base + offset + head) as Pointer, (ptr(bytes) + head) as Pointer, body);
    }
    if (rest < bytes.length) memory.set(bytes.subarray(rest), offset + rest);
  };
}
