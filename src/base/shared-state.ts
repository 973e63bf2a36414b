/**
 * What the threads of a server share, beside the core's memory.
 */
import { Clock } from "./clock.ts";
import { ConnectionTable } from "./connection-table.ts";
import { HostCounters } from "./host-counters.ts";
import { LiveSettings } from "./live-settings.ts";
import type { Settings } from "./settings.ts";
import { SharedMap } from "./shared-map.ts";
import { SharedText } from "./shared-text.ts";
import { Watchers } from "./watchers.ts";

/** More prefixes are not counted by `stats detail`. */
const PREFIXES_MAX = 65536;

/** get, hit, set, del. */
const PREFIX_COUNTS = 4;

/** Items that `debugitem` can hold at a time. */
const DEBUG_HOLDS_MAX = 1024;

/** Bytes of certificate chain, key and CA certificates together. */
const CERTIFICATES_MAX = 8 * 1024 * 1024;

/** Bytes of a file of users: eight lines of 255 bytes, and some that are not read. */
const USERS_MAX = 64 * 1024;

/** The memory of it all: what another thread needs to join. Can be posted to it. */
export interface SharedBuffers {
  readonly clock: SharedArrayBuffer;
  readonly live: SharedArrayBuffer;
  readonly counters: SharedArrayBuffer;
  readonly connections: SharedArrayBuffer;
  readonly prefixes: SharedArrayBuffer;
  readonly debugHolds: SharedArrayBuffer;
  readonly certificates: SharedArrayBuffer;
  readonly users: SharedArrayBuffer;
  readonly watchers: SharedArrayBuffer;
}

export interface SharedState {
  readonly clock: Clock;
  readonly live: LiveSettings;
  readonly counters: HostCounters;
  readonly connections: ConnectionTable;
  /** Counts by key prefix. */
  readonly prefixes: SharedMap;
  /** Items held by `debugitem`, by kind and key: their addresses. */
  readonly debugHolds: SharedMap;
  /** TLS: what new connections are greeted with. */
  readonly certificates: SharedText;
  /** `-Y`: who may authenticate. */
  readonly users: SharedText;
  readonly watchers: Watchers;
}

/**
 * @param clock the one that ticks
 * @param threads how many will count
 * @param descriptors numbers below it are shown by `stats conns`
 * @param prefixes how many `stats detail` can count; another number is for tests, that join nobody
 */
export function startShared(
  settings: Settings,
  clock: Clock,
  threads: number,
  descriptors: number,
  prefixes = PREFIXES_MAX,
): SharedState {
  return {
    clock,
    live: new LiveSettings(settings),
    counters: HostCounters.start(threads),
    connections: ConnectionTable.start(descriptors),
    prefixes: new SharedMap(prefixes, PREFIX_COUNTS),
    debugHolds: new SharedMap(DEBUG_HOLDS_MAX, 1),
    certificates: SharedText.start(settings.tls.enabled ? CERTIFICATES_MAX : 0),
    users: SharedText.start(settings.authFile === null ? 0 : USERS_MAX),
    watchers: Watchers.start(),
  };
}

export function sharedBuffers(state: SharedState): SharedBuffers {
  return {
    clock: state.clock.shared,
    live: state.live.shared,
    counters: state.counters.shared,
    connections: state.connections.shared,
    prefixes: state.prefixes.shared,
    debugHolds: state.debugHolds.shared,
    certificates: state.certificates.shared,
    users: state.users.shared,
    watchers: state.watchers.shared,
  };
}

/** Thread `thread`'s view. */
export function joinShared(
  buffers: SharedBuffers,
  settings: Settings,
  thread: number,
): SharedState {
  return {
    clock: Clock.join(buffers.clock),
    live: new LiveSettings(settings, buffers.live),
    counters: HostCounters.join(buffers.counters, thread),
    connections: ConnectionTable.join(buffers.connections),
    prefixes: new SharedMap(PREFIXES_MAX, PREFIX_COUNTS, buffers.prefixes),
    debugHolds: new SharedMap(DEBUG_HOLDS_MAX, 1, buffers.debugHolds),
    certificates: SharedText.join(buffers.certificates),
    users: SharedText.join(buffers.users),
    watchers: Watchers.join(buffers.watchers),
  };
}
