/**
 * The server benchmark: native memcached and this server side by side under the same loads.
 *
 * Place: `npm run bench:server`. This process only orchestrates: it starts both servers on one
 * core, has a generator process on another run one task after the other, and writes the report.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CAPACITY_SIZES, LATENCY_LOAD, LATENCY_NAME, LOADS, RESIDENT_NAME } from "./loads.ts";
import { Certificates } from "../../test/support/certificates.ts";
import { describeMachine, missingTool } from "./machine.ts";
import { Measurements, nativeMedianRate } from "./measurements.ts";
import { parseOptions, USAGE, type Options } from "./options.ts";
import { writeReport, type Results } from "./report.ts";

const ROOT = join(import.meta.dir, "..", "..");
const OWN_SERVER = join(ROOT, "bin", "wasmcached");

/** What was measured under load. */
type UnderLoad = Pick<Results, "loads" | "latency">;

async function measurePlainLoads(options: Options, measurements: Measurements): Promise<UnderLoad> {
  const wanted = (name: string): boolean => options.only.size === 0 || options.only.has(name);
  const chosen = LOADS.filter((load) => wanted(load.name) && load.isSecure !== true);
  if (chosen.length === 0 && !wanted(LATENCY_NAME)) return { loads: [], latency: null };
  try {
    await measurements.startLoadServers(null);
    const loads = [];
    for (const load of chosen) loads.push({ load, outcome: await measurements.load(load) });
    if (!wanted(LATENCY_NAME)) return { loads, latency: null };
    const measured = loads.find(({ load }) => load === LATENCY_LOAD);
    const known = measured === undefined ? Number.NaN : nativeMedianRate(measured.outcome);
    const rate = (Number.isNaN(known) ? measurements.nativeRate() : known) / 2;
    return { loads, latency: { rate, outcome: await measurements.latency(rate) } };
  } finally {
    await measurements.stopLoadServers();
  }
}

/** A server that cannot speak TLS fails these loads, not the benchmark. */
async function measureSecureLoads(
  options: Options,
  measurements: Measurements,
): Promise<UnderLoad["loads"]> {
  const wanted = (name: string): boolean => options.only.size === 0 || options.only.has(name);
  const chosen = LOADS.filter((load) => wanted(load.name) && load.isSecure === true);
  if (chosen.length === 0) return [];
  try {
    await measurements.startLoadServers(new Certificates().selfSigned("server"));
    const loads = [];
    for (const load of chosen) loads.push({ load, outcome: await measurements.load(load) });
    return loads;
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    return chosen.map((load) => ({ load, outcome: { runs: [], failure } }));
  } finally {
    await measurements.stopLoadServers();
  }
}

async function measure(options: Options): Promise<Results> {
  const wanted = (name: string): boolean => options.only.size === 0 || options.only.has(name);
  const measurements = new Measurements(options);
  const plain = await measurePlainLoads(options, measurements);
  const loads = [...plain.loads, ...(await measureSecureLoads(options, measurements))];
  const capacity = [];
  for (const size of CAPACITY_SIZES) {
    if (!wanted(size.name)) continue;
    capacity.push({ size, outcome: await measurements.capacity(size) });
  }
  return {
    machine: describeMachine(options.native[0]!),
    commandLine: ["npm run bench:server --", ...process.argv.slice(2)].join(" "),
    runs: options.runs,
    seconds: options.seconds,
    loads,
    latency: plain.latency,
    capacity,
    resident: wanted(RESIDENT_NAME) ? await measurements.resident() : null,
  };
}

/** Only a whole run of this server leaves a file without being told to. */
function reportPath(options: Options, { machine }: Results): string | null {
  if (options.out !== null) return options.out;
  const whole = options.only.size === 0 && !options.quick && options.server[0] === OWN_SERVER;
  const name = `${machine.date}-${machine.commit}-server.md`;
  return whole ? join(ROOT, "bench", "results", name) : null;
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2), OWN_SERVER);
  if (options === null) {
    console.log(USAGE);
    return 0;
  }
  const missing = missingTool(options.native[0]!);
  if (missing !== null) throw new Error(missing);
  const results = await measure(options);
  const report = writeReport(results);
  console.log(report);
  const path = reportPath(options, results);
  if (path !== null) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, report);
  }
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`bench:server: ${message}\n`);
  process.exitCode = 1;
}
