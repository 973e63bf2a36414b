/** The Worker of web-host.ts. */
import * as api from "wasmcached";
import { type WorkerOrder, work } from "./worker-body.ts";

addEventListener("message", ({ data }: MessageEvent<WorkerOrder>) => {
  work(api as never, data, (answer) => postMessage(answer));
});
