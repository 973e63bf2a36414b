/**
 * What a connection's protocol adds to its machine: how commands are cut from the input, and what
 * ends a value. There are two: text-reader.ts and binary-reader.ts.
 */
import type { Input } from "./input.ts";
import { KEY_BATCH_MAX } from "../../assembly/shared/limits.ts";
import type { Outcome, Upload } from "../command/outcome.ts";

/** With less input than this there are too few commands for looking ahead to pay. */
const LOOK_AHEAD_MIN = 128;

/** How many commands to look ahead, of so many that may be executed now. */
export function reachOf(input: Input, commands: number): number {
  if (input.end - input.at < LOOK_AHEAD_MIN) return 0;
  return commands < KEY_BATCH_MAX ? commands : KEY_BATCH_MAX;
}

export interface Reader {
  /**
   * Input has come into the inbox: what up to `commands` of it will look up is fetched side by side
   * (assembly/store/look-ahead.ts).
   */
  lookAhead(input: Input, commands: number): void;
  /** How many commands beside the first the last `parse` has executed. */
  readonly further: number;
  /**
   * Executes the command at the input's beginning, if all of it that is needed is in the inbox;
   * else the outcome is MORE, and nothing was taken.
   *
   * @param credits how many further commands may follow in the same call
   */
  parse(input: Input, upload: Upload, credits: number): Outcome;
  /** The value of a storage command was read. */
  finish(upload: Upload): void;
  /** There was no memory for the rest of it: tells so. */
  fail(upload: Upload): void;
}
