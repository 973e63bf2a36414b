/**
 * `-P`: the pid file.
 *
 * Written by `main.ts` once the server is listening, with or without `-d`; removed at exit with
 * `-d` only, as in memcached. It is written beside its final name and renamed, so that whoever
 * watches for it never reads half a number. Nothing here stops the server: problems are returned as
 * lines for stderr, in memcached's words.
 */

import { readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { errorText } from "./error-text.ts";

/** Returns warnings, without line feeds. */
export function writePidFile(path: string, pid: number = process.pid): string[] {
  const warnings: string[] = [];
  const old = readPid(path);
  if (old !== null && isRunning(old)) {
    const text = "WARNING: The pid file contained the following (running) pid:";
    warnings.push(`${text} ${old}`);
  }
  const temporary = `${path}.tmp`;
  try {
    writeFileSync(temporary, `${pid}\n`);
  } catch (error) {
    const text = `Could not open the pid file ${temporary} for writing`;
    return [...warnings, `${text}: ${errorText(error)}`];
  }
  try {
    renameSync(temporary, path);
  } catch (error) {
    const text = `Could not rename the pid file from ${temporary} to ${path}`;
    warnings.push(`${text}: ${errorText(error)}`);
  }
  return warnings;
}

/** Returns the warning, or null. */
export function removePidFile(path: string): string | null {
  try {
    unlinkSync(path);
    return null;
  } catch (error) {
    return `Could not remove the pid file ${path}: ${errorText(error)}`;
  }
}

/** The number in an existing pid file, or null. */
function readPid(path: string): number | null {
  try {
    const pid = Number.parseInt(readFileSync(path, "latin1"), 10);
    return pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

/** Signal 0 only asks. Processes of other users, which may not be asked, do not count. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
