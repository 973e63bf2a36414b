/** The host program for what has node:worker_threads. Prints its report as one line of JSON. */
import * as api from "wasmcached";
import { cloneSupport } from "../clone-rows.ts";
import { Worker } from "node:worker_threads";
import { runHost } from "./rows.ts";
import { snapshots } from "./snapshots.js";
import { structuredCloneCodec } from "wasmcached/structured-clone";

const report = await runHost({
  api: api as never,
  snapshots,
  clones: cloneSupport(structuredCloneCodec, "Bun" in globalThis ? "Bun" : "V8"),
  startWorker: (message, done) => {
    const worker = new Worker(new URL("./worker.js", import.meta.url), { workerData: message });
    worker.on("message", done);
    worker.on("error", done);
    return worker;
  },
});
console.log(JSON.stringify(report));
