/**
 * What has web Workers runs the rows in this way: Deno and browsers.
 */
import * as api from "wasmcached";
import type { CloneSupport } from "../clone-rows.ts";
import { runHost } from "./rows.ts";
import { snapshots } from "./snapshots.js";

const hasThreads = typeof SharedArrayBuffer !== "undefined";

/** The report as one line of JSON. */
export async function runWebHost(clones?: CloneSupport): Promise<string> {
  const report = await runHost({
    api: api as never,
    snapshots,
    ...(clones === undefined ? {} : { clones }),
    startWorker: hasThreads
      ? (message, done) => {
          const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
          worker.addEventListener("message", ({ data }: MessageEvent) => done(data));
          worker.addEventListener("error", (error) => done(error));
          worker.postMessage(message);
          return worker;
        }
      : null,
  });
  return JSON.stringify(report);
}
