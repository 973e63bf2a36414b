/**
 * The program: options, process features, then the server. What runs when, and why in this order,
 * is memcached's start-up order (specification §1.10): privileges are dropped before sockets are
 * bound, so a port below 1024 needs a user who may bind it.
 */
import { EXIT_FAILURE, StartError } from "../base/start-error.ts";
import { connectionCapacity, raiseFileLimit } from "../server/process/file-limit.ts";
import { daemonStatus, startDaemon } from "../server/process/daemon.ts";
import { removePidFile, writePidFile } from "../server/process/pid-file.ts";
import { Server, startCertificates } from "../server/server.ts";
import type { Settings } from "../base/settings.ts";
import { checkHugePages } from "../server/process/huge-pages.ts";
import { checkMachineMemory } from "../server/process/machine-memory.ts";
import { failMainThread } from "../server/failure.ts";
import { lockMemory } from "../server/process/memory-lock.ts";
import { parseOptions } from "./options.ts";
import { raiseCoreLimit } from "../server/process/core-limit.ts";
import { stderrWriter } from "../base/log.ts";
import { switchUser } from "../server/process/user.ts";
import { writePortFile } from "../server/port-file.ts";

const argv = process.argv.slice(2);

function exitWith(code: number, message: string): never {
  if (message !== "") stderrWriter(message.endsWith("\n") ? message : `${message}\n`);
  process.exit(code);
}

function stopProcess(settings: Settings, server: Server, graceful: boolean): void {
  if (graceful) stderrWriter("Gracefully stopping\n");
  else if (settings.verbosity > 0) stderrWriter("Exiting normally\n");
  server.stop();
  if (settings.daemon && settings.pidFile !== null) removePidFile(settings.pidFile);
  process.exit(0);
}

/** Everything before the sockets: limits, user, memory. Returns how many connections fit. */
function prepare(settings: Settings): number {
  if (settings.coreDumps) raiseCoreLimit();
  const { connectionsMax, threads } = settings;
  const softLimit = raiseFileLimit(connectionsMax, threads);
  checkMachineMemory(settings);
  switchUser(settings.user);
  if (settings.preallocate) checkHugePages();
  return connectionCapacity(connectionsMax, softLimit, threads);
}

async function serve(settings: Settings): Promise<void> {
  // Before root's rights are given up: the key may be root's alone.
  const certificates = startCertificates(settings);
  const capacity = prepare(settings);
  const server = new Server(
    settings,
    capacity,
    stderrWriter,
    (graceful) => stopProcess(settings, server, graceful),
    certificates,
  );
  if (settings.lockMemory) {
    const warning = lockMemory();
    if (warning !== null) stderrWriter(`${warning}\n`);
  }
  process.on("uncaughtException", failMainThread);
  process.on("SIGINT", () => stopProcess(settings, server, false));
  process.on("SIGTERM", () => stopProcess(settings, server, false));
  process.on("SIGUSR1", () => stopProcess(settings, server, true));
  process.on("SIGHUP", () => server.reload());
  const listeners = await server.listen();
  const portFile = process.env["MEMCACHED_PORT_FILENAME"];
  if (portFile !== undefined) stderrWriter(writePortFile(portFile, listeners));
  if (settings.port <= 0 && settings.socketPath === null) {
    for (const { address } of listeners) console.log(`listening on ${address}`);
  }
  if (settings.pidFile !== null) {
    for (const warning of writePidFile(settings.pidFile)) stderrWriter(`${warning}\n`);
  }
}

async function main(): Promise<void> {
  const status = daemonStatus();
  const parsed = parseOptions(argv, process.env);
  // The daemon's parent has printed the warnings already.
  if (status === null) stderrWriter(parsed.stderr);
  if (parsed.kind === "exit") {
    process.stdout.write(parsed.stdout);
    process.exit(parsed.code);
  }
  const { settings } = parsed;
  if (settings.daemon && status === null) {
    const outcome = await startDaemon({
      argv,
      verbose: settings.verbosity > 0,
      keepFolder: settings.coreDumps,
    });
    exitWith(outcome.code, outcome.message);
  }
  try {
    await serve(settings);
    status?.ready(settings.verbosity > 0);
  } catch (error) {
    const failure =
      error instanceof StartError
        ? error
        : new StartError(EXIT_FAILURE, error instanceof Error ? error.message : String(error));
    if (status !== null) status.failed(failure);
    exitWith(failure.code, status === null ? failure.message : "");
  }
}

await main();
