/**
 * What a declared difference is; declared.ts and declared-meta.ts list them.
 */
import type { Command } from "./command.ts";

/**
 * `same`: both are this version; `memories`: and one of them is over several linear memories;
 * `older`: one of them is memcached 1.6.18.
 */
export type Profile = "same" | "memories" | "older";

export interface Declared {
  readonly reason: string;
  /** Declared for this profile only; otherwise for both. */
  readonly profile?: Profile;
  readonly normalise?: (reply: string) => string;
  readonly avoid?: (command: Command) => boolean;
}
