/**
 * The load generator: one process that runs one task and prints its result as one JSON line.
 *
 * Place: started by the orchestrator on a core of its own. A failure is printed as
 * `{"error": ...}`, with exit status 1.
 */
import { fillToCapacity } from "./capacity-fill.ts";
import { answerTask } from "../support/child-task.ts";
import { ClosedLoop } from "./closed-loop.ts";
import { Dialogue } from "./dialogue.ts";
import { OpenLoop } from "./open-loop.ts";
import { PairedLoop } from "./paired-loop.ts";
import { Random } from "./random.ts";
import { Script, isStoring } from "./script.ts";
import { SIDES } from "./comparison.ts";
import type {
  ClosedResult,
  ClosedTask,
  FillResult,
  FillTask,
  LoadTask,
  PairedResult,
  PairedTask,
  Target,
  Task,
} from "./task.ts";
import { TlsLoop } from "./tls-loop.ts";

/** Up to this many keys are read back after a set load. */
const READ_BACK = 1000;
/** A batch of sets that fills a data set has about this many bytes. */
const FILL_BYTES = 32 * 1024;

function fill(task: FillTask): FillResult {
  const { keys, valueBytes } = task.dataSet;
  const keysPerBatch = Math.max(1, Math.min(keys, Math.floor(FILL_BYTES / (valueBytes + 64))));
  const script = new Script(task.dataSet, 0, { command: "set", keysPerBatch }, null);
  const dialogue = new Dialogue(task.port);
  for (let batch = 0; batch < script.batches; batch++) dialogue.exchange(script, batch);
  dialogue.close();
  return { stored: keys };
}

function scriptOf(task: Omit<LoadTask, keyof Target>): Script {
  return new Script(task.dataSet, task.version, task.shape, new Random(task.seed));
}

/** The answer STORED is cheap to give: look whether the values arrived. */
function readBack(
  { dataSet, version }: Pick<LoadTask, "dataSet" | "version">,
  port: number,
  written: Script,
  sent: Uint8Array,
): void {
  const shape = { command: "get", keysPerBatch: 1 } as const;
  const script = new Script(dataSet, version, shape, null);
  const dialogue = new Dialogue(port);
  const { keysPerBatch } = written.shape;
  let left = READ_BACK;
  for (let batch = 0; batch < sent.length && left > 0; batch++) {
    if (sent[batch] === 0) continue;
    dialogue.exchange(script, written.keyIndexes[batch * keysPerBatch + (left % keysPerBatch)]!);
    left--;
  }
  dialogue.close();
}

function runClosed(task: ClosedTask): ClosedResult {
  const script = scriptOf(task);
  const loop = new ClosedLoop(task, script);
  const result = loop.run();
  if (isStoring(task.shape)) readBack(task, task.port, script, loop.sent);
  return result;
}

async function runPaired(task: PairedTask): Promise<PairedResult> {
  const script = scriptOf(task);
  const loop = new PairedLoop(task, script);
  const result = await loop.run();
  if (!isStoring(task.shape)) return result;
  for (const side of SIDES) readBack(task, task.servers[side].port, script, loop.sent[side]);
  return result;
}

function run(task: Task): unknown {
  switch (task.mode) {
    case "fill":
      return fill(task);
    case "closed":
      return runClosed(task);
    case "paired":
      return runPaired(task);
    case "tls":
      return new TlsLoop(task, scriptOf(task)).run();
    case "open":
      return new OpenLoop(task, scriptOf(task)).run();
    case "capacity":
      return fillToCapacity(task);
  }
}

await answerTask(run);
