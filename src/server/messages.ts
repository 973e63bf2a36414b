/**
 * What the main thread and its workers say to each other. Everything here can be posted.
 *
 *     main                         worker
 *      │ start ───────────────────▶ │  joins the store, answers the token there
 *      │ ◀────────────────── ready  │
 *      │ listen, or connection ───▶ │  any number of times
 *      │ ◀────── listening, failed  │  the answer to each listen
 *      │ ◀──────────────── shutDown │  a client asked for it
 *      │ ◀───────────────────── job │  a client asked for it; passed on to the maintenance thread
 *      │ ◀────────── watch, unwatch │  a client watches the log, or no more
 *      │ lines ───────────────────▶ │  there are some for one of its watchers
 *      │ stop ────────────────────▶ │
 */
import type { Bound, Speech } from "./listener.ts";
import type { CoreShares } from "../core/start-core.ts";
import type { Job } from "../core/maintenance.ts";
import type { LinesMessage, ToLogger } from "../base/log-client.ts";
import type { Settings } from "../base/settings.ts";
import type { SharedBuffers } from "../base/shared-state.ts";

export interface StartMessage {
  readonly kind: "start";
  /** Index of the worker's area in the core: 1 … */
  readonly thread: number;
  readonly core: CoreShares;
  readonly shared: SharedBuffers;
  readonly settings: Settings;
  /** Connections of all threads together. */
  readonly capacity: number;
}

export interface ListenMessage {
  readonly kind: "listen";
  readonly host: string;
  readonly port: number;
  readonly speech: Speech;
}

/** The same for UDP, said to one worker. */
export interface ListenDatagramsMessage {
  readonly kind: "listenDatagrams";
  readonly host: string;
  readonly port: number;
}

/** A connection, accepted and admitted: a descriptor that is the worker's from now on. */
export interface ConnectionMessage {
  readonly kind: "connection";
  readonly descriptor: number;
  readonly address: string;
  readonly listenAddress: string;
  readonly speech: Speech;
}

/** Work for the maintenance thread. */
export interface JobMessage {
  readonly kind: "job";
  readonly job: Job;
}

export interface StopMessage {
  readonly kind: "stop";
}

export type ToWorker =
  | StartMessage
  | ListenMessage
  | ListenDatagramsMessage
  | ConnectionMessage
  | JobMessage
  | LinesMessage
  | StopMessage;

export interface ReadyMessage {
  readonly kind: "ready";
  /** What the worker read in the core's memory. */
  readonly token: number;
}

export interface ListeningMessage {
  readonly kind: "listening";
  readonly bound: Bound;
}

export interface FailedMessage {
  readonly kind: "failed";
  /** Code and text of the error. */
  readonly code: string;
  readonly message: string;
}

export interface ShutDownMessage {
  readonly kind: "shutDown";
  readonly graceful: boolean;
}

export type FromWorker =
  ReadyMessage | ListeningMessage | FailedMessage | ShutDownMessage | JobMessage | ToLogger;
