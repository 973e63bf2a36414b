/**
 * `-u`: from root to another user.
 *
 * Called by `main.ts` after everything that needs root (limits) and before threads and sockets, as
 * in memcached. Root has to say `-u`, also to stay root; for anyone else the option is without
 * effect. First the supplementary groups go, then the group, then the user: the other way round the
 * right to change groups would be gone.
 */

import { type Pointer, read } from "bun:ffi";
import { readFileSync } from "node:fs";
import { EX_NOUSER, EX_OSERR, EX_USAGE, StartError } from "../../base/start-error.ts";
import { errorCode, errorText } from "./error-text.ts";
import { cString, libc } from "./libc.ts";

export interface UserIds {
  readonly uid: number;
  readonly gid: number;
}

/** The calls that change who we are; `process` has them all, tests pass their own. */
export interface Identity {
  getuid(): number;
  geteuid(): number;
  setgroups(groups: number[]): void;
  setgid(id: number): void;
  setuid(id: number): void;
}

/** Offsets in `struct passwd` with 64-bit pointers: name, password, uid, gid. */
const PASSWD_UID_OFFSET = 16;
const PASSWD_GID_OFFSET = 20;

export function switchUser(user: string | null, identity: Identity = processIdentity()): void {
  if (identity.getuid() !== 0 && identity.geteuid() !== 0) return;
  if (user === null || user === "") {
    throw new StartError(EX_USAGE, "must add '-u root' to start as root");
  }
  const ids = findUser(user);
  if (ids === null) throw new StartError(EX_NOUSER, `can't find the user ${user} to switch to`);
  dropGroups(identity);
  try {
    identity.setgid(ids.gid);
    identity.setuid(ids.uid);
  } catch {
    throw new StartError(EX_OSERR, `failed to assume identity of user ${user}`);
  }
}

/** A refusal by EPERM is no failure: a container may run as root without the right to do this. */
function dropGroups(identity: Identity): void {
  try {
    identity.setgroups([]);
  } catch (error) {
    if (errorCode(error) === "EPERM") return;
    throw new StartError(EX_OSERR, `failed to drop supplementary groups: ${errorText(error)}`);
  }
}

/** Asks the C library, which knows every source of users, or else reads /etc/passwd. */
export function findUser(name: string): UserIds | null {
  const library = libc();
  if (library === null) return findInPasswd(name, passwdText());
  const entry = library.getpwnam(cString(name)) as Pointer | null;
  if (entry === null) return null;
  return { uid: read.u32(entry, PASSWD_UID_OFFSET), gid: read.u32(entry, PASSWD_GID_OFFSET) };
}

function passwdText(): string {
  try {
    return readFileSync("/etc/passwd", "utf8");
  } catch {
    return "";
  }
}

/** `text` has the lines of /etc/passwd: `name:password:uid:gid:…`. */
export function findInPasswd(name: string, text: string): UserIds | null {
  for (const line of text.split("\n")) {
    const [entryName, , uid, gid] = line.split(":");
    if (entryName === name && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  return null;
}

function processIdentity(): Identity {
  return {
    getuid: () => process.getuid?.() ?? 1,
    geteuid: () => process.geteuid?.() ?? 1,
    setgroups: (groups) => process.setgroups?.(groups),
    setgid: (id) => process.setgid?.(id),
    setuid: (id) => process.setuid?.(id),
  };
}
