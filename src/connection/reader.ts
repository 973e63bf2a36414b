/**
 * What a connection's protocol adds to its machine: how commands are cut from the input, and what
 * ends a value. There are two: text-reader.ts and binary-reader.ts.
 */
import type { Input } from "./input.ts";
import type { Outcome, Upload } from "../command/outcome.ts";

export interface Reader {
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
