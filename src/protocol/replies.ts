/**
 * Every fixed line of the text protocol, encoded once.
 *
 * The names are the protocol's own words; each line stands in specification §2.3 and in a
 * transcript under test/transcript.
 */
const encoder = new TextEncoder();

/** The bytes of a line, CR LF added. */
export function line(text: string): Uint8Array {
  return encoder.encode(`${text}\r\n`);
}

export const reply = {
  stored: line("STORED"),
  notStored: line("NOT_STORED"),
  exists: line("EXISTS"),
  notFound: line("NOT_FOUND"),
  deleted: line("DELETED"),
  touched: line("TOUCHED"),
  ok: line("OK"),
  reset: line("RESET"),
  end: line("END"),
  error: line("ERROR"),
  badLine: line("CLIENT_ERROR bad command line format"),
  badCommandLine: line("CLIENT_ERROR bad command line"),
  badDataChunk: line("CLIENT_ERROR bad data chunk"),
  badExptime: line("CLIENT_ERROR invalid exptime argument"),
  badDelta: line("CLIENT_ERROR invalid numeric delta argument"),
  notNumeric: line("CLIENT_ERROR cannot increment or decrement non-numeric value"),
  illegalSlabId: line("CLIENT_ERROR Illegal slab id"),
  detailUsage: line("CLIENT_ERROR usage: stats detail on|off|dump"),
  detailForbidden: line("CLIENT_ERROR stats detail not allowed"),
  cachedumpForbidden: line("CLIENT_ERROR stats cachedump not allowed"),
  flushForbidden: line("CLIENT_ERROR flush_all not allowed"),
  shutdownMode: line("CLIENT_ERROR invalid shutdown mode"),
  shutdownForbidden: line("SERVER_ERROR: shutdown not enabled"),
  tooLarge: line("SERVER_ERROR object too large for cache"),
  noMemory: line("SERVER_ERROR out of memory storing object"),
  noMemoryRead: line("SERVER_ERROR Out of memory during read"),
  noMemoryIncr: line("SERVER_ERROR out of memory"),
  memlimitTooSmall: line("MEMLIMIT_TOO_SMALL cannot set maxbytes to less than 8m"),
  memlimitNotBytes: line("MEMLIMIT_ADJUST_FAILED input value is megabytes not bytes"),
  memlimitFailed: line("MEMLIMIT_ADJUST_FAILED out of bounds or unable to adjust"),
  tooManyConnections: line("ERROR Too many open connections"),
  unauthenticated: line("CLIENT_ERROR unauthenticated"),
  authFailure: line("CLIENT_ERROR authentication failure"),
  badToken: line("CLIENT_ERROR bad authentication token format"),
  badTermination: line("CLIENT_ERROR bad command line termination"),
  tokenTooLong: line("CLIENT_ERROR auth token too long"),
  miss: line("MISS"),
  metaNoop: line("MN"),
  metaMiss: line("EN"),
  metaManyFlags: line("CLIENT_ERROR options flags are too long"),
  metaDuplicate: line("CLIENT_ERROR duplicate flag"),
  metaUnknown: line("CLIENT_ERROR invalid flag"),
  metaArithmeticFlags: line("CLIENT_ERROR invalid or duplicate flag"),
  metaBadToken: line("CLIENT_ERROR bad token in command line format"),
  metaBadKey: line("CLIENT_ERROR error decoding key"),
  metaBadDelta: line("CLIENT_ERROR invalid numeric delta value"),
  metaLongOpaque: line("CLIENT_ERROR opaque token too long"),
  metaSetMode: line("CLIENT_ERROR invalid mode for ms M token"),
  metaArithmeticMode: line("CLIENT_ERROR invalid mode for ma M token"),
  metaOverheld: line("SERVER_ERROR refcount overflow during fetch"),
  noMemoryNew: line("SERVER_ERROR Out of memory allocating new item"),
  newLine: line(""),
} as const;
