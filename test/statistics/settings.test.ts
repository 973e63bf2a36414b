/**
 * Every figure of `stats settings`: the option that changes it, and that it changes nothing else.
 * `oldest` and what commands change while the server runs stand in command-rows.ts.
 *
 * The lines are taken from the command itself, since with some options a client has to log in.
 */
import { SETTING_CONSTANTS, SETTING_ROWS } from "./settings-rows.ts";
import { expect, test } from "bun:test";
import { LocalServer } from "../support/in-process.ts";
import { everyName } from "./names.ts";
import { fillStats } from "../../src/command/stats.ts";
import { join } from "node:path";

const USERS = join(import.meta.dirname, "../transcript/users.txt");

function settingsOf(options: readonly string[]): Record<string, string> {
  const server = new LocalServer(options.map((word) => (word === "USERS" ? USERS : word)));
  const shown: Record<string, string> = {};
  fillStats(server.context, "settings", {
    add: (name, value) => {
      shown[name] = String(value);
    },
  });
  return shown;
}

const DEFAULTS = settingsOf([]);

test.each(SETTING_ROWS)("%s by %j", (name, options, value, along = {}) => {
  const shown = settingsOf(options);
  const changed = Object.entries(shown).filter(([each, text]) => text !== DEFAULTS[each]);
  const expected = { ...along, [name]: value.replace("USERS", USERS) };
  expect(Object.fromEntries(changed)).toEqual(expected);
});

test.each(Object.entries(SETTING_CONSTANTS))("%s is always %s", (name, value) => {
  expect(DEFAULTS[name]).toBe(value);
});

test("each setting that memcached shows has a row, and there are no others", () => {
  const prefix = "settings ";
  const names = [...everyName()].filter((name) => name.startsWith(prefix));
  const recorded = names.map((name) => name.slice(prefix.length));
  const rows = [...SETTING_ROWS.map(([name]) => name), ...Object.keys(SETTING_CONSTANTS), "oldest"];
  expect([...new Set(rows)].sort()).toEqual(recorded.sort());
  expect(Object.keys(DEFAULTS).sort()).toEqual(recorded);
});
