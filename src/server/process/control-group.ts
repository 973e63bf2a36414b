/**
 * The memory that Linux lets the control groups of this process have: its own and all above it.
 *
 * `machine-memory.ts` wants it, since in a container the machine's own figures say nothing. A
 * container mostly sees its own group as the root of the tree, whatever path the process is said to
 * have; so folders that are not there are passed over, and the root is always read. What is absent
 * or odd is no limit.
 *
 *                     memory              swap             both together
 *     version 2       memory.max          memory.swap.max
 *     version 1       limit_in_bytes                       memsw.limit_in_bytes
 */
import { join } from "node:path";
import { readFileSync } from "node:fs";

const LIST_FILE = "/proc/self/cgroup";
const TREE = "/sys/fs/cgroup";

/** Bytes; infinite where nothing is limited. Version 1 says so with a number near 2^63. */
export interface GroupLimits {
  readonly memory: number;
  readonly swap: number;
  readonly both: number;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}

function limitIn(file: string): number {
  const text = textOf(file).trim();
  return /^\d+$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY;
}

/** The group's folder and each above it; a path that leads out of the tree leaves the root. */
function foldersOf(root: string, path: string): string[] {
  const names = path.split("/").filter((name) => name !== "");
  if (names.includes("..")) return [root];
  return [...names.keys(), names.length].map((depth) => join(root, ...names.slice(0, depth)));
}

/** Lines are `number:controllers:path`; of version 2 there is one, with no controller in it. */
export function groupLimits(listFile: string = LIST_FILE, tree: string = TREE): GroupLimits {
  const folders: string[] = [];
  for (const [, controllers = "", path = ""] of textOf(listFile).matchAll(/^\d+:(.*?):(.*)$/gm)) {
    if (controllers === "") folders.push(...foldersOf(tree, path));
    else if (controllers.split(",").includes("memory")) {
      folders.push(...foldersOf(join(tree, "memory"), path));
    }
  }
  const least = (...names: string[]): number =>
    Math.min(...folders.flatMap((folder) => names.map((name) => limitIn(join(folder, name)))));
  return {
    memory: least("memory.max", "memory.limit_in_bytes"),
    swap: least("memory.swap.max"),
    both: least("memory.memsw.limit_in_bytes"),
  };
}
