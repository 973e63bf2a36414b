/**
 * What a command leaves for the connection to do.
 */
import type { CoreFacade } from "../core/facade.ts";
import type { MetaUpload } from "./meta-upload.ts";
import { Result } from "../../assembly/shared/status.ts";

export enum Outcome {
  /** Nothing: the next command may follow. */
  DONE,
  /** Read the value of a storage command (`Upload`). */
  UPLOAD,
  /** Read and drop `Upload.swallowLength` bytes; the reply is in the outbox already. */
  SWALLOW,
  /** Nothing, but replies so far must not wait for the end of a value that follows. */
  FLUSH,
  /** Send what is queued, then close. */
  QUIT,
  /** Close at once, without a reply. */
  CLOSE,
  /** Send `Context.stream` part by part before anything else is executed. */
  STREAM,
  /** The connection is a watcher's from now on; input that is left is dropped. */
  WATCH,
  /** Close at once: the server was asked to stop. */
  SHUTDOWN,
  /** Nothing was executed: more of the command has to come first. */
  MORE,
}

/** A storage command between its line and the end of its value. One for each connection. */
export class Upload {
  /** The item being filled, held for this connection; 0 = none. */
  itemPtr = 0;
  /** The address where the next byte of the value goes. */
  writePtr = 0;
  /** Bytes that have a place there; a value in chunks gets one for its next run when it comes. */
  runLeft = 0;
  /** Bytes of the value still to come. */
  valueLeft = 0;
  /** Bytes of the closing CR LF still to come, and whether those seen were right. */
  endLeft = 0;
  isEndRight = true;
  /** A `StoreMode`, and the CAS unique that cas compares. */
  mode = 0;
  casLow = 0;
  casHigh = 0;
  isNoreply = false;
  /** What ms asks for beside the mode; null for the classic commands. */
  meta: MetaUpload | null = null;
  /** Made with the first ms of the connection, and used for each later one. */
  metaKept: MetaUpload | null = null;
  /** The key as text: only where somebody watches. */
  key = "";
  swallowLength = 0;

  /** beginSet gave an item for a value of `length` bytes, with `endLength` bytes behind it. */
  begin(core: CoreFacade, itemPtr: number, length: number, endLength: number): void {
    const valuePtr = core.result[Result.VALUE_PTR] as number;
    this.itemPtr = core.address(itemPtr);
    this.writePtr = valuePtr;
    this.runLeft = valuePtr === 0 ? 0 : length;
    this.valueLeft = length;
    this.endLeft = endLength;
    this.isEndRight = true;
  }
}
