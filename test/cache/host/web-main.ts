/**
 * The host program for browsers. Hands its report to `tellReport`, which the test has put there.
 */
import { runWebHost } from "./web-host.ts";

declare const tellReport: (report: string) => void;

tellReport(await runWebHost());
