/**
 * The value of a storage command on its way from the input into its item.
 *
 * Bytes go into the item as they come, however they are split. A value in chunks has a place for
 * one run at a time, and gets the next one when there are bytes for it: who announces much and
 * sends little takes little memory.
 *
 *     input    │ inbox │ chunk from the socket …
 *                 │
 *     item     │ run │ ▼ writePtr, runLeft │   then the next run
 */
import type { Context } from "../command/context.ts";
import type { Input } from "./input.ts";
import { Result } from "../../assembly/shared/status.ts";
import type { Upload } from "../command/outcome.ts";

type Core = Context["core"];

/** Takes what there is. False: there is no memory for the rest. */
export function takeValue(core: Core, input: Input, upload: Upload): boolean {
  while (upload.valueLeft > 0) {
    const ready = input.end - input.at;
    if (ready === 0 && input.isDrained) return true;
    if (upload.runLeft === 0 && !openRun(core, upload)) return false;
    const { runLeft } = upload;
    let size = ready < runLeft ? ready : runLeft;
    if (size > 0) {
      core.abi.copy(upload.writePtr, core.inboxPtr + input.at, size);
      input.at += size;
    } else {
      const part = input.takeChunk(runLeft);
      core.write(upload.writePtr, part);
      size = part.length;
    }
    upload.writePtr += size;
    upload.runLeft -= size;
    upload.valueLeft -= size;
  }
  return true;
}

function openRun({ abi, result }: Core, upload: Upload): boolean {
  const length = abi.addRun(upload.itemPtr, upload.valueLeft);
  if (length === 0) return false;
  upload.writePtr = result[Result.VALUE_PTR] as number;
  upload.runLeft = length;
  return true;
}
