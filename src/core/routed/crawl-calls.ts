/**
 * Crawls for dumps, memory by memory. The right to crawl is that to crawl all of them.
 */
import { MEMORY_SPAN, addressOf, memoryOf, offsetOf } from "../../base/address.ts";
import { Result } from "../../../assembly/shared/status.ts";
import type { CoreExports } from "../abi.ts";
import type { Router } from "./router.ts";
import type { StoreCalls } from "../facade.ts";

type CrawlCalls = Pick<StoreCalls, "takeCrawl" | "keepCrawl" | "giveBackCrawl" | "crawlTable">;

export function crawlCalls(router: Router): CrawlCalls {
  const abis = router.cores.map(({ abi }) => abi);
  const takeReply = (memory: number, outPtr: number): void => {
    router.takeResult(memory);
    router.takeReply(memory, outPtr, router.result[Result.OUT_LENGTH] as number);
  };
  return {
    /** One ticket for all memories. */
    takeCrawl(wanted) {
      const [front, ...others] = abis as [CoreExports, ...CoreExports[]];
      const ticket = front.takeCrawl(wanted);
      if (ticket === 0 || others.every((abi) => abi.takeCrawl(ticket) !== 0)) return ticket;
      for (const abi of abis) abi.giveBackCrawl(ticket);
      return 0;
    },
    keepCrawl: (ticket) => Math.min(...abis.map((abi) => abi.keepCrawl(ticket))),
    giveBackCrawl(ticket) {
      for (const abi of abis) abi.giveBackCrawl(ticket);
    },
    /** The cursor is an address: of a memory, and in its table. */
    crawlTable(cursor, outPtr, outEnd, isShort, epoch, low, high) {
      const memory = memoryOf(cursor);
      const { crawlTable } = router.core(memory).abi;
      const next = crawlTable(offsetOf(cursor), outPtr, outEnd, isShort, epoch, low, high);
      takeReply(memory, outPtr);
      if (next !== 0) return addressOf(memory, next);
      return memory + 1 < abis.length ? (memory + 1) * MEMORY_SPAN : 0;
    },
  };
}
