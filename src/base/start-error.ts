/**
 * StartError: a reason not to start, as a value with an exit code.
 *
 * Thrown by the option parser and by `server/process/`; caught in exactly two places,
 * `parseOptions` and `main.ts`, which print `message` on stderr and exit with `code`. The message
 * carries no final line feed and may have several lines: texts and codes are memcached's where it
 * has them.
 */

/** Exit codes memcached uses, by their names in sysexits.h. */
export const EXIT_FAILURE = 1;
export const EX_USAGE = 64;
export const EX_NOUSER = 67;
export const EX_OSERR = 71;

export class StartError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.name = "StartError";
    this.code = code;
  }
}
