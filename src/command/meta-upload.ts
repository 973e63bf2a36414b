/**
 * What ms has to remember until its value has come: the input with its flags is gone by then.
 *
 *     flags   [ O123 kfoo c s]    as they are to be answered; numbers of c and s are put in later
 *                        ▲ ▲
 *                   casAt   sizeAt
 */
import type { Context } from "./context.ts";
import { Flag } from "./meta-request.ts";
import { META_LINE_SIZE_MAX } from "../../assembly/shared/limits.ts";
import { putFlag, putKey, putOpaque } from "./meta-reply.ts";

const SPACE = 0x20;

export class MetaUpload {
  /** Bits of `With`, and the CAS unique of E. The one of C stands in `Upload`. */
  options = 0;
  newCasLow = 0;
  newCasHigh = 0;
  isQuiet = false;
  readonly flags = new Uint8Array(META_LINE_SIZE_MAX);
  flagsLength = 0;
  /** Where in the flags the numbers go; -1 = nowhere. */
  casAt = -1;
  sizeAt = -1;

  /** Keeps the flags that the reply will have: O, k, c and s, in the order of the request. */
  keepFlags(context: Context): void {
    const { core, output, meta } = context;
    const { inbox } = core;
    const end = meta.flagsEnd;
    this.flagsLength = 0;
    this.casAt = -1;
    this.sizeAt = -1;
    // Written where the reply would be, for a moment: the outbox has room for it.
    output.makeRoom();
    const outStart = output.end;
    for (let at = meta.flagsStart; at < end; at++) {
      const first = at;
      while (at < end && inbox[at] !== SPACE) at++;
      if (at === first) continue;
      const flag = inbox[first] as number;
      if (flag === Flag.O) putOpaque(context, first, at);
      else if (flag === Flag.k) putKey(context);
      else if (flag === Flag.c || flag === Flag.s) putFlag(output, flag);
      if (flag === Flag.c) this.casAt = output.end - outStart;
      else if (flag === Flag.s) this.sizeAt = output.end - outStart;
    }
    this.flagsLength = output.end - outStart;
    for (let i = 0; i < this.flagsLength; i++) {
      this.flags[i] = output.bytes[outStart + i] as number;
    }
    output.end = outStart;
  }
}
