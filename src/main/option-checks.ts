/**
 * Option checks: what only several options together can violate, and the defaults that follow
 * others.
 *
 * Called once by `options.ts`, after the last word of the command line. The order is memcached's (a
 * line with two mistakes reports the same one), with our own limits put where memcached's check of
 * the same value ends. The chunk maximum is the delicate one:
 *
 *   given by -o slab_chunk_max, or -o classic_sizes,
 *   or -I above the slab page                        ─▶ memcached's three checks
 *   otherwise                                        ─▶ the slab page, or -I where that is smaller
 *
 * The second line exists because memcached's default (512 KiB) refuses every `-I` below it, and
 * because an item in one chunk is cheaper than one in several.
 */

import { CHUNK_SIZE_MIN_CLASSIC, type Settings } from "../base/settings.ts";
import { EX_USAGE, EXIT_FAILURE, StartError } from "../base/start-error.ts";
import {
  MEMORIES_MAX,
  MEMORY_HOLDS_MIB,
  hashPowerShare,
  memoryCount,
} from "../core/routed/plan.ts";
import { strictUnsigned } from "./number-text.ts";
import type { OptionDraft } from "./option-draft.ts";

const MEBIBYTE = 1024 * 1024;

/** memcached's slab page, which is also ours. */
const SLAB_PAGE_SIZE = MEBIBYTE;

/** A slab class number is 6 bits; one is the page pool and one is always the chunk maximum. */
const SLAB_SIZES_MAX = 62;

const CHUNK_ALIGN = 8;
const CHUNK_MAX_CLASSIC = 512 * 1024;
const ITEM_SIZE_MIN = 1024;
const ITEM_SIZE_LIMIT = 1024 * MEBIBYTE;

/**
 * What a hash table of `-o hashpower` and `-m` may take together in each memory, and the size of
 * one bucket.
 */
const TABLE_AND_ITEMS_MAX = (4096 - 128) * MEBIBYTE;
const BUCKET_SIZE = 4;

const PORT_MAX = 65535;

export function checkOptions(draft: OptionDraft): void {
  const { settings } = draft;
  checkItemSize(settings.itemSizeMax, settings.memoryLimit);
  checkMemoryCount(settings);
  settleChunkSizes(draft);
  if (draft.slabSizesText !== null) {
    settings.slabSizes = readSlabSizes(draft, draft.slabSizesText);
  }
  if (settings.hotLruPercent + settings.warmLruPercent > 80) {
    refuse("hot_lru_pct + warm_lru_pct cannot be more than 80% combined");
  }
  if (settings.tempLru && !settings.lruMaintainer) {
    refuse("temporary_ttl requires lru_maintainer to be enabled");
  }
  checkHashPower(draft);
  if (settings.sasl) settleSasl(draft);
  if (settings.authFile !== null) settleAuthentication(draft);
  if (settings.udpPort !== 0 && !draft.portGiven) settings.port = settings.udpPort;
  if (settings.udpPort > PORT_MAX || settings.udpPort < -1) {
    refuse(`ERROR: Invalid port number ${settings.udpPort}.`);
  }
  if (settings.port > PORT_MAX || settings.port < -1) {
    refuse(`ERROR: Invalid port number ${settings.port}.`);
  }
  if (settings.tls.enabled && settings.port === 0) {
    refuse("ERROR: You cannot enable SSL without a TCP port.");
  }
}

/** Authentication is a matter of the text protocol. */
function settleAuthentication({ settings, protocolGiven }: OptionDraft): void {
  if (!protocolGiven) settings.bindingProtocol = "ascii";
  else if (settings.bindingProtocol !== "ascii") {
    refuse("ERROR: You cannot allow the BINARY protocol while using ascii authentication tokens.");
  }
  if (settings.udpPort !== 0) {
    refuse("Cannot use UDP with ascii authentication enabled (-U 0 to disable)");
  }
}

function refuse(message: string): never {
  throw new StartError(EX_USAGE, message);
}

function checkItemSize(itemSizeMax: number, memoryLimit: number): void {
  if (itemSizeMax < ITEM_SIZE_MIN) refuse("Item max size cannot be less than 1024 bytes.");
  if (itemSizeMax > memoryLimit / 2) {
    refuse("Cannot set item size limit higher than 1/2 of memory max.");
  }
  if (itemSizeMax > ITEM_SIZE_LIMIT) {
    refuse("Cannot set item size limit higher than a gigabyte.");
  }
}

function checkMemoryCount(settings: Settings): void {
  if (memoryCount(settings) <= MEMORIES_MAX) return;
  const most = MEMORIES_MAX * MEMORY_HOLDS_MIB;
  refuse(`-m above ${most} is not supported by this version of wasmcached.`);
}

/** Settles `-n` and the chunk maximum; see the top of the file. */
function settleChunkSizes(draft: OptionDraft): void {
  const { settings } = draft;
  if (settings.classicSizes && !draft.chunkSizeMinGiven) {
    settings.chunkSizeMin = CHUNK_SIZE_MIN_CLASSIC;
  }
  const fitsPage = settings.itemSizeMax <= SLAB_PAGE_SIZE;
  if (!draft.slabChunkMaxGiven && fitsPage && !settings.classicSizes) {
    // Rounded up as every chunk is, so that an item of exactly -I still fits.
    const aligned = Math.ceil(settings.itemSizeMax / CHUNK_ALIGN) * CHUNK_ALIGN;
    settings.slabChunkMax = Math.min(SLAB_PAGE_SIZE, aligned);
    return;
  }
  if (!draft.slabChunkMaxGiven) {
    settings.slabChunkMax = draft.slabChunkMaxPage && fitsPage ? SLAB_PAGE_SIZE : CHUNK_MAX_CLASSIC;
  }
  const { slabChunkMax: chunk, itemSizeMax: item } = settings;
  if (chunk > item) {
    refuse(`slab_chunk_max (bytes: ${chunk}) cannot be larger than -I (item_size_max ${item})`);
  }
  if (item % chunk !== 0) {
    const what = `-I (item_size_max: ${item})`;
    refuse(`${what} must be evenly divisible by slab_chunk_max (bytes: ${chunk})`);
  }
  if (SLAB_PAGE_SIZE % chunk !== 0) {
    const page = `${SLAB_PAGE_SIZE} (slab_page_size)`;
    refuse(`slab_chunk_max (bytes: ${chunk}) must divide evenly into ${page}`);
  }
}

/** `-o slab_sizes=a-b-c`: ascending, each more than 8 above the one before, rounded up to 8. */
function readSlabSizes(draft: OptionDraft, text: string): number[] {
  const { settings } = draft;
  // Our default of -n is below memcached's: a header and nothing else is no use as a class.
  const smallest = draft.chunkSizeMinGiven ? settings.chunkSizeMin : CHUNK_SIZE_MIN_CLASSIC;
  const sizes: number[] = [];
  let last = 0;
  for (const word of text.split("-").filter((part) => part !== "")) {
    const size = strictUnsigned(word) ?? 0;
    if (size < smallest || size > settings.slabChunkMax) {
      refuse(`slab size ${size} is out of valid range`);
    }
    if (size <= last) {
      refuse(`slab size ${size} cannot be lower than or equal to a previous class size`);
    }
    if (size <= last + CHUNK_ALIGN) {
      refuse(`slab size ${size} must be at least 8 bytes larger than previous class`);
    }
    if (sizes.length >= SLAB_SIZES_MAX) refuse("too many slab classes specified");
    last = size;
    sizes.push(Math.ceil(size / CHUNK_ALIGN) * CHUNK_ALIGN);
  }
  return sizes;
}

/** Only a given hash power can be wrong: the default is above any lock table. */
function checkHashPower(draft: OptionDraft): void {
  const { hashPower, threads, memoryLimit } = draft.settings;
  if (hashPower === 0) return;
  const lockPower = itemLockPower(threads);
  if (hashPower <= lockPower) {
    throw new StartError(
      EXIT_FAILURE,
      `Hash table power size (${hashPower}) cannot be equal to or less than ` +
        `item lock table (${lockPower})\n` +
        "Item lock table grows with `-t N` (worker threadcount)\n" +
        "Hash table grows with `-o hashpower=N` ",
    );
  }
  const count = memoryCount(draft.settings);
  const tableSize = 2 ** hashPowerShare(hashPower, count) * BUCKET_SIZE;
  if (tableSize + memoryLimit / count > TABLE_AND_ITEMS_MAX) {
    const needs = `-o hashpower=${hashPower} needs ${(2 ** hashPower * BUCKET_SIZE) / MEBIBYTE}`;
    refuse(`${needs} megabytes, more than this version of wasmcached has beside -m.`);
  }
}

/** Text has no SASL, so there is only binary with it. */
function settleSasl(draft: OptionDraft): void {
  const { settings, warnings } = draft;
  if (draft.protocolGiven && settings.bindingProtocol !== "binary") {
    refuse("ERROR: You cannot allow the ASCII protocol while using SASL.");
  }
  settings.bindingProtocol = "binary";
  // memcached has other places for passwords than this file; here nobody can come in without it.
  if (settings.saslPasswordFile === null) {
    warnings.push("INFO: MEMCACHED_SASL_PWDB not specified. Internal passwd database disabled");
  }
  if (settings.verbosity > 0) warnings.push("Initialized SASL.");
}

/** memcached's lock table, as a power of two: more threads, more locks. */
function itemLockPower(threads: number): number {
  if (threads < 3) return 10;
  if (threads < 4) return 11;
  if (threads < 5) return 12;
  if (threads <= 10) return 13;
  return threads <= 20 ? 14 : 15;
}
