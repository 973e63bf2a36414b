/**
 * What strerror says, from the errors Bun and Node throw.
 *
 * memcached ends its start-up messages with the system's words ("Address already in use"), and
 * scripts and people look for them. Thrown errors carry a code instead (`EADDRINUSE`) and a message
 * of the runtime's own. The table holds the codes that starting a server can meet,
 * and those that end a connection; for the rest the code itself is the text.
 */

const TEXTS: Readonly<Record<string, string>> = {
  EACCES: "Permission denied",
  EADDRINUSE: "Address already in use",
  EADDRNOTAVAIL: "Cannot assign requested address",
  EAFNOSUPPORT: "Address family not supported by protocol",
  EBADF: "Bad file descriptor",
  EBUSY: "Device or resource busy",
  ECONNRESET: "Connection reset by peer",
  EEXIST: "File exists",
  EINVAL: "Invalid argument",
  EIO: "Input/output error",
  EISDIR: "Is a directory",
  ELOOP: "Too many levels of symbolic links",
  EMFILE: "Too many open files",
  ENAMETOOLONG: "File name too long",
  ENFILE: "Too many open files in system",
  ENOBUFS: "No buffer space available",
  ENODEV: "No such device",
  ENOENT: "No such file or directory",
  ENOMEM: "Cannot allocate memory",
  ENOSPC: "No space left on device",
  ENOTFOUND: "Name or service not known",
  ENOTDIR: "Not a directory",
  ENOTSOCK: "Socket operation on non-socket",
  EPERM: "Operation not permitted",
  EPIPE: "Broken pipe",
  EPROTONOSUPPORT: "Protocol not supported",
  EROFS: "Read-only file system",
  ETIMEDOUT: "Connection timed out",
  ETXTBSY: "Text file busy",
};

/** The code of a thrown system error (`EACCES`), or null for any other value. */
export function errorCode(error: unknown): string | null {
  if (typeof error !== "object" || error === null || !("code" in error)) return null;
  return typeof error.code === "string" ? error.code : null;
}

/** The system's words for a thrown error; its own message when it is no system error. */
export function errorText(error: unknown): string {
  const code = errorCode(error);
  if (code !== null) return TEXTS[code] ?? code;
  return error instanceof Error ? error.message : String(error);
}
