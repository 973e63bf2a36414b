/** Snapshots of other hosts in base64: test/cache/package.test.ts writes the module. */
export const snapshots: readonly string[];
