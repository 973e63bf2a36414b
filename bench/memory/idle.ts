/**
 * Processor time of servers nobody talks to.
 *
 * Place: behind `maintenance-command.ts`. All of them are idle at the same time, and each fully:
 * what one takes does not depend on the others.
 */
import { cpuMicros } from "../server/cpu-clock.ts";
import { ServerProcess, type Side } from "../server/server-process.ts";
import { type Row, table, verdict } from "../support/tables.ts";
import { type Common, note } from "./command-line.ts";
import { storeItems } from "./items.ts";

const MEMORY = 256;
/** After the start compilers and lists come to rest. */
const SETTLE_MS = 5000;
/** Of one core, for ours. */
const LIMIT = 0.005;
const VALUE_BYTES = 100;

export interface IdleOutcome {
  readonly side: Side;
  readonly title: string;
  /** Of one core. */
  readonly share: number;
}

const SUBJECTS: readonly (readonly [Side, number])[] = [
  ["ours", 1],
  ["ours", 4],
  ["native", 1],
  ["native", 4],
];

export async function measureIdle(
  seconds: number,
  items: number,
  common: Common,
): Promise<IdleOutcome[]> {
  const servers: ServerProcess[] = [];
  try {
    for (const [side, threads] of SUBJECTS) {
      const command = [...common.commands[side], "-t", String(threads)];
      const server = await ServerProcess.start(side, {
        command,
        memory: MEMORY,
        cores: common.serverCores,
        certificate: null,
      });
      servers.push(server);
      storeItems(server.port, { prefix: "i", count: items, valueBytes: VALUE_BYTES, exptime: 0 });
    }
    await Bun.sleep(Math.min(SETTLE_MS, seconds * 1000));
    const before = servers.map(({ pids }) => cpuMicros(pids));
    const start = Bun.nanoseconds();
    await Bun.sleep(seconds * 1000);
    const micros = (Bun.nanoseconds() - start) / 1e3;
    return SUBJECTS.map(([side, threads], at) => {
      const share = (cpuMicros(servers[at]!.pids) - before[at]!) / micros;
      note(`idle, ${side} -t ${threads}: ${(share * 100).toFixed(3)} % of a core`);
      return { side, title: `${side}, \`-t ${threads}\``, share };
    });
  } finally {
    for (const server of servers) await server.stop();
  }
}

export function idleSection(
  seconds: number,
  items: number,
  outcomes: readonly IdleOutcome[],
): string {
  const rows = outcomes.map(({ side, title, share }): Row => [
    title,
    `${(share * 100).toFixed(3)} %`,
    side === "native" ? "" : `${(LIMIT * 100).toFixed(1)} %`,
    side === "native" ? "" : verdict(share <= LIMIT),
  ]);
  return `## Idle

${table(["server", "of a core", "limit", "ok?"], rows)}

Processor time over ${seconds} s without any connection, ${items.toLocaleString("en-US")} items
stored.`;
}
