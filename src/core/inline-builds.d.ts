/** What scripts/build-dist.ts writes to dist/src/core/inline-builds.js. */

/** Release builds of the core in base64, by name. */
export const inlineBuilds: Readonly<Record<string, string | undefined>>;
