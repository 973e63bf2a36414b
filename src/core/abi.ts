/**
 * The core's exports as the host sees them. assembly/index.ts and docs/embedding.md describe each
 * call; test/abi proves that names and arities agree with the built module.
 *
 * Addresses are byte offsets in linear memory. asc returns u32 as signed 32-bit: callers that may
 * see addresses of 2 GiB and more take them `>>> 0`.
 */
export interface CoreExports {
  setLogRing(size: number): void;
  init(
    wasmPages: number,
    options: number,
    hashAlgorithm: number,
    hashPower: number,
    itemSizeMax: number,
    memoryLimitMiB: number,
    threads: number,
  ): void;
  attach(thread: number): void;
  setToken(token: number): void;
  token(): number;
  compact(pageCount: number, pageSize: number, hashPower: number, hashPowerMax: number): void;
  classesByFactor(sizeMin: number, factor: number, chunkSizeLargest: number): void;
  classesBySizes(sizeCount: number, chunkSizeLargest: number): void;
  preallocate(): void;

  argumentPtr(): number;
  inboxPtr(): number;
  keysPtr(): number;
  outboxPtr(): number;
  resultPtr(): number;
  countersPtr(thread: number): number;
  baselinePtr(): number;
  logPtr(thread: number): number;
  sizesPtr(): number;
  dumpPtr(): number;

  setNow(seconds: number): void;
  setTailRepair(seconds: number): void;
  setMemoryLimit(mebibytes: number): number;

  copy(target: number, source: number, length: number): void;
  beginSet(
    keyPtr: number,
    keyLength: number,
    clientFlags: number,
    expiresAt: number,
    valueLength: number,
    mode: number,
  ): number;
  addRun(itemPtr: number, left: number): number;
  endSet(itemPtr: number, mode: number, casLow: number, casHigh: number): number;
  endStore(itemPtr: number, mode: number, options: number): number;
  warm(count: number): void;
  lookAheadLines(from: number, end: number, countMax: number): void;
  lookAheadPackets(from: number, end: number, countMax: number): void;
  fetchKeys(
    from: number,
    count: number,
    outPtr: number,
    outEnd: number,
    options: number,
    expiresAt: number,
  ): number;
  fetchText(
    keyPtr: number,
    keyLength: number,
    outPtr: number,
    options: number,
    expiresAt: number,
  ): number;
  fetchPackets(
    from: number,
    count: number,
    outPtr: number,
    outEnd: number,
    options: number,
  ): number;
  fetchItem(
    keyPtr: number,
    keyLength: number,
    outPtr: number,
    options: number,
    expiresAt: number,
  ): number;
  fetchMetas(from: number, count: number, outPtr: number, outEnd: number, options: number): number;
  fetchMeta(
    keyPtr: number,
    keyLength: number,
    flagsPtr: number,
    flagsEnd: number,
    outPtr: number,
    options: number,
  ): number;
  changeItem(keyPtr: number, keyLength: number, isIncr: number, options: number): number;
  changeNumber(
    keyPtr: number,
    keyLength: number,
    isIncr: number,
    deltaLow: number,
    deltaHigh: number,
    outPtr: number,
  ): number;
  remove(keyPtr: number, keyLength: number): number;
  removeItem(keyPtr: number, keyLength: number, options: number): number;
  touch(keyPtr: number, keyLength: number, expiresAt: number): number;
  flush(cut: number, removeNewer: number): void;
  hold(keyPtr: number, keyLength: number): number;
  nextRun(ptr: number): number;
  release(itemPtr: number): void;

  decodeBase64(ptr: number, length: number, outPtr: number): number;
  encodeBase64(ptr: number, length: number, outPtr: number): number;
  hashKey(keyPtr: number, keyLength: number): number;
  gauge(which: number): number;
  classGauge(classId: number, which: number): number;
  logEvent(type: number, detail: number, number: number, textLength: number): void;
  resetCounters(): void;
  dump(classId: number, limit: number): number;
  dumpEnd(): void;

  setLruMode(isSegmented: number, temporaryTtl: number): void;
  setLruShares(
    hotPercent: number,
    warmPercent: number,
    hotMaxFactor: number,
    warmMaxFactor: number,
  ): void;
  juggle(classId: number): number;
  bumpItems(): number;
  takeCrawl(wanted: number): number;
  keepCrawl(ticket: number): number;
  giveBackCrawl(ticket: number): void;
  beginCrawl(slabId: number, limit: number): number;
  endCrawl(slabId: number): void;
  crawlSumsPtr(): number;
  crawlExpired(slabId: number, count: number): number;
  crawlDump(slabId: number, outPtr: number, outEnd: number, isShort: number, epoch: number): number;
  crawlTable(
    cursor: number,
    outPtr: number,
    outEnd: number,
    isShort: number,
    epoch: number,
    classesLow: number,
    classesHigh: number,
  ): number;
  yieldSpares(): void;
  startMove(source: number, target: number): number;
  moveChunks(bytes: number): number;
  tablePtr(): number;
  dirtyPage(): number;
  pageDiscarded(ptr: number): void;
  setMoveOnEvict(isOn: number): void;
  freeze(index: number): number;
  thaw(index: number): void;
  setNextCas(low: number, high: number): void;
  scan(from: number, keyOutPtr: number): number;
  expand(buckets: number): void;
  check(): number;
}

/**
 * Calls that one memory is laid out or looked after with, or that tell where something is in it.
 * All others are for a store as a whole, however many memories it has.
 */
export type PerMemory =
  | "setLogRing"
  | "init"
  | "attach"
  | "compact"
  | "classesByFactor"
  | "classesBySizes"
  | "preallocate"
  | "setTailRepair"
  | "setNextCas"
  | "freeze"
  | "thaw"
  | "setLruMode"
  | "setLruShares"
  | "argumentPtr"
  | "inboxPtr"
  | "keysPtr"
  | "outboxPtr"
  | "resultPtr"
  | "countersPtr"
  | "baselinePtr"
  | "logPtr"
  | "sizesPtr"
  | "dumpPtr"
  | "warm"
  | "fetchText"
  | "logEvent"
  | "dump"
  | "dumpEnd"
  | "juggle"
  | "bumpItems"
  | "crawlSumsPtr"
  | "beginCrawl"
  | "endCrawl"
  | "crawlDump"
  | "crawlExpired"
  | "moveChunks"
  | "tablePtr"
  | "dirtyPage"
  | "pageDiscarded"
  | "expand";
