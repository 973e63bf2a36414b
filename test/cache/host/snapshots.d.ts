/**
 * Snapshots of all hosts in base64, or null for everything but those: test/cache/package.test.ts
 * writes the module.
 */
export const snapshots: readonly string[] | null;
