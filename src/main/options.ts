/**
 * Options: from the command line to a Settings record, or to what to print before exiting.
 *
 * Called by `main.ts` first of all. Pure: nothing is printed, looked up or exited from here, so
 * that every option and every error text has a plain unit test. The way of a command line:
 *
 *   getopt.ts ─▶ option-table.ts (+ suboptions.ts for -o) ─▶ option-checks.ts ─▶ listen-list.ts
 *
 * The first mistake ends it, as in memcached. Lines collected in `stderr` are warnings on the way
 * and are printed in every case, before the error if there is one.
 */

import type { Settings } from "../base/settings.ts";
import { EXIT_FAILURE, StartError } from "../base/start-error.ts";
import { type OptionName, scanOptions } from "./getopt.ts";
import { parseListenList } from "./listen-list.ts";
import { checkOptions } from "./option-checks.ts";
import { newOptionDraft, type OptionDraft } from "./option-draft.ts";
import { OPTION_TABLE, type OptionRow } from "./option-table.ts";

/** The name getopt's messages begin with. */
const PROGRAM = "wasmcached";

export type ParsedOptions =
  | { readonly kind: "run"; readonly settings: Settings; readonly stderr: string }
  | {
      readonly kind: "exit";
      readonly code: number;
      readonly stdout: string;
      readonly stderr: string;
    };

export type Environment = Readonly<Record<string, string | undefined>>;

const ROWS_BY_LETTER = new Map<string, OptionRow>(OPTION_TABLE.map((row) => [row.letter, row]));
const NAMES: readonly OptionName[] = OPTION_TABLE;

/** `argv` is the command line without the program itself. Output ends in LF or is empty. */
export function parseOptions(argv: readonly string[], environment: Environment): ParsedOptions {
  const draft = newOptionDraft(
    environment["WASMCACHED_DEBUG"] ?? "",
    environment["WASMCACHED_MEMORIES"] ?? "",
  );
  try {
    const print = readOptions(draft, argv);
    if (print !== null) return { kind: "exit", code: 0, stdout: print, stderr: lines(draft) };
    const { settings } = draft;
    settings.saslPasswordFile = environment["MEMCACHED_SASL_PWDB"] ?? null;
    checkOptions(draft);
    settings.listenText ??= environment["WASMCACHED_LISTEN"] ?? null;
    if (settings.listenText !== null) {
      settings.listen = parseListenList(settings.listenText, {
        isTlsEnabled: settings.tls.enabled,
        hasAuthFile: settings.authFile !== null,
        hasSasl: settings.sasl,
        warn: (line) => draft.warnings.push(line),
      });
    }
    return { kind: "run", settings, stderr: lines(draft) };
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    draft.warnings.push(error.message);
    return { kind: "exit", code: error.code, stdout: "", stderr: lines(draft) };
  }
}

/** Returns the text of the first of `-h`, `-i` and `-V`, or null. */
function readOptions(draft: OptionDraft, argv: readonly string[]): string | null {
  for (const scanned of scanOptions(PROGRAM, argv, NAMES)) {
    if (scanned.kind === "error") {
      throw new StartError(EXIT_FAILURE, `${scanned.message}\nIllegal argument "?"`);
    }
    const row = ROWS_BY_LETTER.get(scanned.letter) as OptionRow;
    const handled = row.apply(draft, (scanned.argument ?? "").replace(/^[ \t\n\v\f\r]+/, ""));
    if (handled !== undefined) return handled.print;
  }
  return null;
}

function lines(draft: OptionDraft): string {
  return draft.warnings.map((line) => `${line}\n`).join("");
}
