/**
 * All live items of a store, as a dump of its hash table tells of them: for the audits.
 */
import type { CoreDriver } from "../support/core-driver.ts";
import { DUMP_SIZE } from "../../assembly/shared/limits.ts";
import { Result } from "../../assembly/shared/status.ts";
import { fromLatin1 } from "../support/bytes.ts";

/** One line of a dump of all keys. */
interface Listed {
  readonly expiresAt: number;
  readonly casUnique: bigint;
  readonly isFetched: boolean;
  readonly size: number;
  readonly clientFlags: number;
  readonly lastAccess: number;
}

const LINE =
  /^key=(\S+) exp=(-?\d+) la=(\d+) cas=(\d+) fetch=(\w+) cls=\d+ size=(\d+) flags=(\d+) $/;

/** A bit for each slab class. */
const ALL_CLASSES = 0xffff_ffff;

/**
 * All live items by key, as a dump of the hash table lists them. It is written where nothing else
 * is: what a command has answered stays in the outbox.
 */
export function listed({ core }: CoreDriver): Map<string, Listed> {
  const { abi, bytes, result } = core;
  const outPtr = abi.dumpPtr();
  const found = new Map<string, Listed>();
  let cursor = 0;
  do {
    const end = outPtr + DUMP_SIZE;
    cursor = abi.crawlTable(cursor, outPtr, end, 0, 0, ALL_CLASSES, ALL_CLASSES);
    const text = fromLatin1(bytes.slice(outPtr, outPtr + result[Result.OUT_LENGTH]));
    for (const line of text.split("\n").slice(0, -1)) {
      const [, name = "", exp, la, cas = "", fetch, size, flags] = LINE.exec(line) ?? [];
      const key = name.replaceAll(/%(..)/g, (_, hex: string) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      );
      if (name === "" || found.has(key)) throw new Error(`listed: ${line}`);
      found.set(key, {
        expiresAt: Math.max(0, Number(exp)),
        casUnique: BigInt(cas),
        isFetched: fetch === "yes",
        size: Number(size),
        clientFlags: Number(flags),
        lastAccess: Number(la),
      });
    }
  } while (cursor !== 0);
  return found;
}
