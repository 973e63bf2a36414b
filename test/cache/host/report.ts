/**
 * What a host program tells whoever started it: lines of JSON, on stdout or wherever the host has
 * it.
 */
export interface HostReport {
  /** Rows that passed. */
  readonly passed: number;
  /** Names of those that did not, and why. */
  readonly failed: readonly string[];
  /** Snapshots of caches with known items, in base64: unshared ones, and shared where there are. */
  readonly snapshots: readonly string[];
}

export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

export function fromBase64(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
