/**
 * Linear memories that are used again: what makes servers in this process cheap to start.
 *
 * A new memory costs milliseconds, most of them in the garbage collector, which counts each as
 * 90 MiB. A memory that is handed back gives its pages to the system instead and reads as zeros
 * from then on, as a new one does.
 */
import { type CoreBuild, takeMemory } from "../../src/core/load.ts";
import { discardMemory } from "../../src/server/process/discard.ts";

/** More are seldom asked for again. */
const KEPT_MAX = 4;

export class UsedMemories {
  /** All zeros, the last one first. */
  #kept: WebAssembly.Memory[] = [];
  /** What was asked for when it was taken. */
  readonly #takenAs = new WeakMap<WebAssembly.Memory, string>();

  /** As `takeMemory`. */
  readonly take = (build: CoreBuild, wanted: number, least: number): WebAssembly.Memory => {
    const asked = `${build} ${wanted}`;
    const kept = this.#kept.find((memory) => this.#takenAs.get(memory) === asked);
    const memory = kept ?? takeMemory(build, wanted, least);
    this.#kept = this.#kept.filter((other) => other !== kept);
    this.#takenAs.set(memory, asked);
    return memory;
  };

  /** Nothing may use the memory any more. Where the system does not empty it, it is dropped. */
  giveBack(memory: WebAssembly.Memory): void {
    const { buffer } = memory;
    if (!discardMemory(new Uint8Array(buffer), 0, buffer.byteLength)) return;
    this.#kept = [memory, ...this.#kept].slice(0, KEPT_MAX);
  }
}
