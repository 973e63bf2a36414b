/** The numbers of the core's ABI, for programs that drive the raw module. */
export * from "../../assembly/shared/counters.ts";
export * from "../../assembly/shared/limits.ts";
export * from "../../assembly/shared/status.ts";
