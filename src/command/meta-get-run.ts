/**
 * A run of mg lines that came together, answered with one call of the core.
 *
 * The hot path of mg. Looked up side by side, many keys wait for memory once instead of one after
 * the other, and what each command costs beside the lookup is paid for all of them at once. Only
 * plain lines are taken, which nothing can be wrong with:
 *
 *     mg <key> v k O123 ⏎    one space between; flags without a number, each once; no b
 *
 * Any other line ends the run and goes its own way (meta-get.ts), which answers the same.
 */
import type { Context } from "./context.ts";
import type { CoreFacade } from "../core/facade.ts";
import { Flag, OPAQUE_LENGTH_MAX } from "./meta-request.ts";
import { KEY_BATCH_MAX, KEY_LENGTH_MAX } from "../../assembly/shared/limits.ts";
import { Result, Status, With } from "../../assembly/shared/status.ts";
import { TOKENS_BEFORE, answerMiss, putPinned } from "./meta-get.ts";

const LOWER_M = 0x6d;
const LOWER_G = 0x67;
const SPACE = 0x20;
const CR = 0x0d;
const LF = 0x0a;

/** `mg` and a space. */
const NAME_LENGTH = 3;

/** A bit for each flag that a plain line may have, by its letter. */
const plainFlags = new Uint16Array(256);
const PLAIN_FLAGS = [Flag.O, Flag.c, Flag.f, Flag.h, Flag.k, Flag.l, Flag.q, Flag.s, Flag.t];
for (const [index, flag] of [...PLAIN_FLAGS, Flag.u, Flag.v].entries()) {
  plainFlags[flag] = 1 << index;
}

/** A run: how many lines it has, and where the input goes on behind them. */
export interface Run {
  lines: number;
  next: number;
}

/**
 * Answers the plain lines at the beginning of inbox[start … end), up to `countMax`; `run` tells
 * which, and there may be none. At inbox[end] there is an LF.
 */
export function executeMetaGets(
  context: Context,
  run: Run,
  start: number,
  end: number,
  countMax: number,
): void {
  // Where somebody watches, each line is told.
  gatherLines(context.core, run, start, end, context.isObserved ? 0 : countMax);
  for (let done = 0; done < run.lines;) done += fetchSome(context, done, run.lines);
}

/** Finds the lines and writes address and length of their keys into the key batch. */
function gatherLines(
  core: CoreFacade,
  run: Run,
  start: number,
  end: number,
  countMax: number,
): void {
  const { inbox, inboxPtr, keys } = core;
  const most = countMax < KEY_BATCH_MAX ? countMax : KEY_BATCH_MAX;
  let at = start;
  let count = 0;
  while (count < most && inbox[at] === LOWER_M && inbox[at + 1] === LOWER_G) {
    if (inbox[at + 2] !== SPACE) break;
    const keyStart = at + NAME_LENGTH;
    let keyEnd = keyStart;
    while ((inbox[keyEnd] as number) > SPACE) keyEnd++;
    const keyLength = keyEnd - keyStart;
    if (keyLength === 0 || keyLength > KEY_LENGTH_MAX) break;
    const next = plainFlagsEnd(inbox, keyEnd);
    if (next < 0 || next > end) break;
    keys[2 * count] = inboxPtr + keyStart;
    keys[2 * count + 1] = keyLength;
    count++;
    at = next;
  }
  run.lines = count;
  run.next = at;
}

/** Behind the LF of a plain line whose flags begin at `start`; -1 if it is none. */
function plainFlagsEnd(inbox: Uint8Array, start: number): number {
  let seen = 0;
  let at = start;
  for (;;) {
    const byte = inbox[at] as number;
    if (byte === LF) return at + 1;
    if (byte === CR) return inbox[at + 1] === LF ? at + 2 : -1;
    if (byte !== SPACE) return -1;
    const flag = inbox[at + 1] as number;
    const bit = plainFlags[flag] as number;
    if (bit === 0 || (seen & bit) !== 0) return -1;
    seen |= bit;
    const first = at + 1;
    at += 2;
    if (flag !== Flag.O) continue;
    while ((inbox[at] as number) > SPACE) at++;
    if (at - first > OPAQUE_LENGTH_MAX) return -1;
  }
}

/** Answers lines from index `from` on, at least one, while the outbox has room; how many. */
function fetchSome(context: Context, from: number, count: number): number {
  const { core, output } = context;
  const { result } = core;
  output.makeRoom();
  const answered = core.abi.fetchMetas(
    from,
    count,
    output.ptr + output.end,
    output.ptr + output.bytes.length,
    output.sink.isBlocked ? With.PIN : 0,
  );
  const length = result[Result.OUT_LENGTH] as number;
  if (result[Result.STATUS] !== Status.OK) {
    output.end += length;
    readMissed(context, from + answered - 1);
    answerMiss(context);
  } else if (result[Result.ITEM] === 0) {
    output.end += length;
  } else {
    putPinned(context, length);
  }
  return answered;
}

/** The line of a miss is read like any other, for what its answer echoes. */
function readMissed({ core, meta }: Context, index: number): void {
  const { inbox, inboxPtr, keys } = core;
  meta.keyStart = (keys[2 * index] as number) - inboxPtr;
  meta.keyLength = keys[2 * index + 1] as number;
  const flagsStart = meta.keyStart + meta.keyLength;
  let end = flagsStart;
  while (inbox[end] !== CR && inbox[end] !== LF) end++;
  meta.readFlags(flagsStart, end, TOKENS_BEFORE);
}
