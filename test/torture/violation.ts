/**
 * A property that did not hold: the one error by which the torture test says that the server is
 * wrong. Its text has everything that is known, so that it explains itself.
 */

export class Violation extends Error {
  constructor(what: string, details: Readonly<Record<string, unknown>> = {}) {
    const lines = Object.entries(details).map(([name, value]) => `  ${name}: ${String(value)}`);
    super([what, ...lines].join("\n"));
    this.name = "Violation";
  }
}

/** For replies that nothing allows: the command, what may come, what came. */
export function unexpected(command: string, expected: string, got: string): Violation {
  return new Violation("a reply that may not come", { command, expected, got });
}
