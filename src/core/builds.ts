/**
 * The builds of the core by name: the small one for embedding, the one of a server with one thread,
 * the one for shared memory, that with every check.
 */
export type CoreBuild = "core" | "core.server" | "core.threads" | "core.debug";
