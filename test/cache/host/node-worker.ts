/** The Worker of node-main.ts. */
import * as api from "wasmcached";
import { parentPort, workerData } from "node:worker_threads";
import { type WorkerOrder, work } from "./worker-body.ts";

work(api as never, workerData as WorkerOrder, (answer) => parentPort?.postMessage(answer));
