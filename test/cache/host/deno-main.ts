/**
 * The host program for Deno, whose Workers are those of the web. Prints its report as one line of
 * JSON.
 */
import { cloneSupport } from "../clone-rows.ts";
import { runWebHost } from "./web-host.ts";
import { structuredCloneCodec } from "wasmcached/structured-clone";

declare const Deno: { exit(code: number): void };

console.log(await runWebHost(cloneSupport(structuredCloneCodec, "V8")));
// Deno 2.9 now and then goes on for ever beside a Worker that was ended while it was busy.
Deno.exit(0);
