/** The builds of the core by name: release, the one for shared memory, that with every check. */
export type CoreBuild = "core" | "core.threads" | "core.debug";
