/**
 * What the rows of the sub-option tables are made of: the value of a sub-option, and memcached's
 * texts for one that is missing or no number.
 */

import { EXIT_FAILURE, StartError } from "../base/start-error.ts";
import { strictInteger, strictUnsigned } from "./number-text.ts";
import type { OptionDraft } from "./option-draft.ts";

export type SuboptionHandler = (draft: OptionDraft, value: string | null) => void;
export type Rows = [name: string, apply: SuboptionHandler][];

/** Ends the start as memcached does for a bad sub-option. */
export function fail(message: string): never {
  throw new StartError(EXIT_FAILURE, message);
}

/** The value, which must be there; `kind` is a word of memcached's message. */
export function need(name: string, value: string | null, kind: "numeric" | "any" = "any"): string {
  if (value !== null) return value;
  return fail(kind === "numeric" ? `Missing numeric argument for ${name}` : missing(name));
}

function missing(name: string): string {
  return `Missing ${name} argument`;
}

/** A strict unsigned number that must be there. */
export function needUnsigned(name: string, value: string | null): number {
  return strictUnsigned(need(name, value)) ?? fail(`could not parse argument to ${name}`);
}

/** A sub-option that sets one switch. */
export function assign(change: Partial<OptionDraft["settings"]>): SuboptionHandler {
  return (draft) => void Object.assign(draft.settings, change);
}

/** A strict signed number that must be there. */
export function needInteger(name: string, value: string | null): number {
  return strictInteger(need(name, value)) ?? fail(`could not parse argument to ${name}`);
}
