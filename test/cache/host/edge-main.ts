/**
 * The host program for edge runtimes, as far as those can be had here: no compiling of WebAssembly,
 * no threads; the core comes as an imported module.
 */
import * as api from "wasmcached";
import { runHost } from "./rows.ts";
import { snapshots } from "./snapshots.js";

console.log(JSON.stringify(await runHost({ api: api as never, snapshots, startWorker: null })));
