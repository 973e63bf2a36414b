/**
 * Where the tortured server listens: on a port, where its threads accept for themselves, or on a
 * Unix socket, where the main thread accepts and hands connections over.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { LiveServer } from "../support/live-server.ts";
import { LoadClient } from "./load-client.ts";
import { type Plan, environmentOf } from "./plan.ts";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { until } from "../support/waiting.ts";

const PATIENCE_MS = 20_000;

/** A port, or the path of a socket. */
export type Place = number | string;

export interface Started {
  readonly server: LiveServer;
  readonly place: Place;
  /** Ends it, if need be, and leaves nothing behind. */
  stop(): Promise<void>;
}

export async function startServer(plan: Plan): Promise<Started> {
  const { options, isUnix } = plan;
  const environment = environmentOf(plan);
  if (!isUnix) {
    const server = await LiveServer.start(options, { environment });
    return { server, place: server.port, stop: () => server.stop() };
  }
  const folder = mkdtempSync(join(tmpdir(), "wasmcached-torture-"));
  const path = join(folder, "socket");
  const server = LiveServer.launch(options, { environment, listen: ["-s", path] });
  const stop = async (): Promise<void> => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until("the socket", () => canConnect(path), PATIENCE_MS);
  } catch (error) {
    await stop();
    throw new Error(`${options.join(" ")}\n${server.errors}`, { cause: error });
  }
  return { server, place: path, stop };
}

async function canConnect(path: string): Promise<boolean> {
  try {
    (await LoadClient.connect(path, { bytesSent: 0, connections: 0 })).hangUp();
    return true;
  } catch {
    return false;
  }
}
