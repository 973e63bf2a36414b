/**
 * What is in a built module: sections, imports, exports and the code behind them, by size.
 *
 *   bun scripts/inspect-wasm.ts [module…]
 *
 * Without arguments: every module of build/. Reads the binary itself, by the layout of the
 * WebAssembly specification; a module whose bytes do not add up is an error. A function's size is
 * that of its own body: what it calls is listed as internal functions, unless the compiler inlined
 * it.
 */
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { BUILD_OUTPUTS } from "./build-stamp.mjs";

const SECTION_NAMES = [
  "custom",
  "type",
  "import",
  "function",
  "table",
  "memory",
  "global",
  "export",
  "start",
  "element",
  "code",
  "data",
  "data count",
  "tag",
];
const SECTION_IMPORT = 2;
const SECTION_EXPORT = 7;
const SECTION_CODE = 10;
const HEADER_SIZE = 8;
const KINDS = ["function", "table", "memory", "global", "tag"];

export interface Section {
  readonly name: string;
  /** With its own header. */
  readonly size: number;
}

export interface ExportedItem {
  readonly name: string;
  readonly kind: string;
  /** Of a function's body; null for anything else, and for what is imported itself. */
  readonly codeSize: number | null;
}

export interface ModuleContents {
  readonly size: number;
  readonly sections: readonly Section[];
  /** "module.name: kind". */
  readonly imports: readonly string[];
  readonly exports: readonly ExportedItem[];
  /** Bodies of functions that are not exported. */
  readonly internalSizes: readonly number[];
}

/** Steps through a module's bytes. */
class Reader {
  at: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.at = at;
  }

  byte(): number {
    const byte = this.#bytes[this.at++];
    if (byte === undefined) throw new Error("the module ends too early");
    return byte;
  }

  /** An unsigned LEB128 number. */
  number(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  name(): string {
    const length = this.number();
    this.at += length;
    return new TextDecoder().decode(this.#bytes.subarray(this.at - length, this.at));
  }

  list<T>(read: () => T): T[] {
    return Array.from({ length: this.number() }, read);
  }
}

/** Minimum, and maximum where the flag says so. */
function skipLimits(reader: Reader): void {
  const flags = reader.byte();
  reader.number();
  if ((flags & 1) !== 0) reader.number();
}

function readImport(reader: Reader): { text: string; isFunction: boolean } {
  const name = `${reader.name()}.${reader.name()}`;
  const kind = KINDS[reader.byte()] ?? "unknown";
  if (kind === "function") {
    reader.number();
  } else if (kind === "memory") {
    skipLimits(reader);
  } else if (kind === "table") {
    reader.byte();
    skipLimits(reader);
  } else {
    // A global's type and mutability, or a tag's attribute and type: each fits in a byte here.
    reader.at += 2;
  }
  return { text: `${name}: ${kind}`, isFunction: kind === "function" };
}

function readExport(reader: Reader): { name: string; kind: string; index: number } {
  const name = reader.name();
  return { name, kind: KINDS[reader.byte()] ?? "unknown", index: reader.number() };
}

/** The length of a body; the reader goes on behind it. */
function readBodySize(reader: Reader): number {
  const size = reader.number();
  reader.at += size;
  return size;
}

export function inspectModule(bytes: Uint8Array): ModuleContents {
  if (new TextDecoder().decode(bytes.subarray(0, 4)) !== "\0asm") throw new Error("no module");
  const sections: Section[] = [];
  let imports: ReturnType<typeof readImport>[] = [];
  let exported: ReturnType<typeof readExport>[] = [];
  let bodies: number[] = [];
  const reader = new Reader(bytes, HEADER_SIZE);
  while (reader.at < bytes.length) {
    const start = reader.at;
    const id = reader.byte();
    const end = reader.number() + reader.at;
    const contents = new Reader(bytes.subarray(0, end), reader.at);
    if (id === SECTION_IMPORT) imports = contents.list(() => readImport(contents));
    if (id === SECTION_EXPORT) exported = contents.list(() => readExport(contents));
    if (id === SECTION_CODE) bodies = contents.list(() => readBodySize(contents));
    sections.push({ name: SECTION_NAMES[id] ?? `section ${id}`, size: end - start });
    reader.at = end;
  }
  if (reader.at !== bytes.length) throw new Error("a section reaches over the end");
  const importedCount = imports.filter(({ isFunction }) => isFunction).length;
  const isExported = new Set(
    exported.filter(({ kind }) => kind === "function").map(({ index }) => index - importedCount),
  );
  return {
    size: bytes.length,
    sections,
    imports: imports.map(({ text }) => text),
    exports: exported.map(({ name, kind, index }) => {
      const codeSize = kind === "function" ? (bodies[index - importedCount] ?? null) : null;
      return { name, kind, codeSize };
    }),
    internalSizes: bodies.filter((_, index) => !isExported.has(index)),
  };
}

function line(size: number, text: string): string {
  return `  ${String(size).padStart(8)}  ${text}`;
}

export function describeModule(name: string, contents: ModuleContents): string {
  const { sections, imports, exports, internalSizes } = contents;
  const bySize = exports.toSorted((a, b) => (b.codeSize ?? 0) - (a.codeSize ?? 0));
  const internal = internalSizes.reduce((sum, size) => sum + size, 0);
  const largest = Math.max(0, ...internalSizes);
  return [
    `${name}: ${contents.size} bytes`,
    "sections:",
    ...sections.map((section) => line(section.size, section.name)),
    "imports:",
    ...imports.map((text) => `            ${text}`),
    "exports, with the size of their code:",
    ...bySize.map((item) => line(item.codeSize ?? 0, `${item.name} (${item.kind})`)),
    line(internal, `${internalSizes.length} internal functions, the largest of ${largest}`),
  ].join("\n");
}

if (import.meta.main) {
  const built = BUILD_OUTPUTS.map((output) => join(import.meta.dir, "..", "build", output));
  const files = process.argv.length > 2 ? process.argv.slice(2) : built;
  for (const file of files) {
    console.log(describeModule(basename(file), inspectModule(readFileSync(file))));
  }
}
