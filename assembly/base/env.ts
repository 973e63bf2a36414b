/**
 * What the threaded build asks of its host, as functions of the import module `env`.
 */

/**
 * Blocks while the u32 at `ptr` is `expected`, until `lock.ts` notifies that address. May return
 * early. It is the host's, because an engine of 2023 loses local variables around wasm's own wait
 * instruction; this is the slow path, so the call costs nothing that counts.
 */
export declare function wait(ptr: usize, expected: u32): void;
