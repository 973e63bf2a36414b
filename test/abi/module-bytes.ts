/**
 * The built modules as bytes, and their sections.
 *
 * The WebAssembly interface of JavaScript tells imports and exports only, so the sections are
 * walked here by the binary format's own rule: an id byte, a length in LEB128, so many bytes.
 */
import type { CoreBuild } from "../../src/core/load.ts";
import { readFileSync } from "node:fs";

export const BUILDS: readonly CoreBuild[] = ["core", "core.server", "core.threads", "core.debug"];
export const RELEASE_BUILDS: readonly CoreBuild[] = ["core", "core.server", "core.threads"];

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** Section ids of the binary format, in the order in which they must stand. */
export const SECTION_NAMES: Readonly<Record<number, string>> = {
  0: "custom",
  1: "type",
  2: "import",
  3: "function",
  4: "table",
  5: "memory",
  6: "global",
  7: "export",
  8: "start",
  9: "element",
  10: "code",
  11: "data",
  12: "data count",
};

export function moduleBytes(build: CoreBuild): Uint8Array<ArrayBuffer> {
  const path = new URL(`../../build/${build}.wasm`, import.meta.url);
  return Uint8Array.from(readFileSync(path));
}

interface Section {
  readonly id: number;
  /** First byte of its contents. */
  readonly at: number;
}

function sections(bytes: Uint8Array): Section[] {
  if (HEADER.some((byte, at) => bytes[at] !== byte))
    throw new Error("not a wasm module, version 1");
  const found: Section[] = [];
  let at = HEADER.length;
  while (at < bytes.length) {
    const id = bytes[at];
    at++;
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    found.push({ id, at });
    at += length;
  }
  if (at !== bytes.length) throw new Error("the last section runs past the end");
  return found;
}

/** Names of the module's sections, in file order. */
export function sectionNames(bytes: Uint8Array): string[] {
  return sections(bytes).map(({ id }) => SECTION_NAMES[id] ?? `unknown id ${id}`);
}

/** How many globals the module has, imported ones left out; below 128, so one byte tells. */
export function globalCount(bytes: Uint8Array): number {
  const section = sections(bytes).find(({ id }) => SECTION_NAMES[id] === "global");
  return section === undefined ? 0 : bytes[section.at];
}
