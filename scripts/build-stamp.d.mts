/**
 * Types of build-stamp.mjs, for scripts/build.ts.
 *
 * The module itself is plain JavaScript, because setup.mjs runs it where there may be no Bun yet.
 */

export const BUILD_OUTPUTS: readonly string[];
export function sourceHash(root: string): string;
export function isBuilt(root: string): boolean;
export function removeStamp(root: string): void;
export function writeStamp(root: string, hash: string): void;
