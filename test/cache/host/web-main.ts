/**
 * The host program for what has web Workers: Deno and browsers. Hands its report to `tellReport`
 * where the host has put one, and prints it otherwise.
 */
import * as api from "wasmcached";
import { runHost } from "./rows.ts";
import { snapshots } from "./snapshots.js";

declare const Deno: { exit(code: number): void } | undefined;
declare const tellReport: ((report: string) => void) | undefined;

const hasThreads = typeof SharedArrayBuffer !== "undefined";

const report = await runHost({
  api: api as never,
  snapshots,
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
const text = JSON.stringify(report);
if (typeof tellReport === "undefined") console.log(text);
else tellReport(text);
// Deno 2.9 now and then goes on for ever beside a Worker that was ended while it was busy.
if (typeof Deno !== "undefined") Deno.exit(0);
