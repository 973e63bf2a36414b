/**
 * One command line: what it names, and who carries it out.
 */
import type { Context } from "./context.ts";
import { Outcome, type Upload } from "./outcome.ts";
import { StoreMode } from "../../assembly/shared/status.ts";
import { Verb, verbAt } from "../protocol/verb.ts";
import { executeAdmin } from "./admin.ts";
import { executeArithmetic, executeDelete, executeTouch } from "./change.ts";
import { executeGat, executeGet } from "./get.ts";
import { executeMetaArithmetic, executeMetaDelete } from "./meta-change.ts";
import { executeMetaDebug, executeMetaGet } from "./meta-get.ts";
import { executeMetaSet } from "./meta-set.ts";
import { executeStorage } from "./storage.ts";
import { latin1 } from "../protocol/tokens.ts";
import { reply } from "../protocol/replies.ts";
import { respond } from "./respond.ts";
import { traceLine } from "./trace.ts";

const SPACE = 0x20;
const LINE_LENGTH_MIN = 4;

/** `-vv` shows a line without its last two bytes, as memcached does even after a bare LF. */
function traceCommand(context: Context, start: number, next: number): void {
  traceLine(context, "<", latin1(context.core.inbox, start, Math.max(start, next - 2)));
}

/**
 * Executes the line inbox[start … end); its terminator reaches up to `next`. Replies go to the
 * outbox.
 */
export function execute(
  context: Context,
  upload: Upload,
  start: number,
  end: number,
  next: number,
): Outcome {
  const { inbox } = context.core;
  if (context.isObserved) traceCommand(context, start, next);
  if (next - start < LINE_LENGTH_MIN) {
    respond(context, reply.badLine, false);
    return Outcome.DONE;
  }
  let nameEnd = start;
  while (nameEnd < end && inbox[nameEnd] !== SPACE) nameEnd++;
  switch (verbAt(inbox, start, nameEnd - start)) {
    case Verb.GET:
      return executeGet(context, nameEnd, end, false);
    case Verb.GETS:
      return executeGet(context, nameEnd, end, true);
    case Verb.SET:
      return executeStorage(context, upload, StoreMode.SET, start, end);
    case Verb.ADD:
      return executeStorage(context, upload, StoreMode.ADD, start, end);
    case Verb.REPLACE:
      return executeStorage(context, upload, StoreMode.REPLACE, start, end);
    case Verb.APPEND:
      return executeStorage(context, upload, StoreMode.APPEND, start, end);
    case Verb.PREPEND:
      return executeStorage(context, upload, StoreMode.PREPEND, start, end);
    case Verb.CAS:
      return executeStorage(context, upload, StoreMode.CAS, start, end);
    case Verb.INCR:
      return executeArithmetic(context, start, end, true);
    case Verb.DECR:
      return executeArithmetic(context, start, end, false);
    case Verb.DELETE:
      return executeDelete(context, start, end);
    case Verb.TOUCH:
      return executeTouch(context, start, end);
    case Verb.GAT:
      return executeGat(context, nameEnd, end, false);
    case Verb.GATS:
      return executeGat(context, nameEnd, end, true);
    case Verb.MG:
      return executeMetaGet(context, nameEnd, end);
    case Verb.MS:
      return executeMetaSet(context, upload, nameEnd, end);
    case Verb.MD:
      return executeMetaDelete(context, nameEnd, end);
    case Verb.MA:
      return executeMetaArithmetic(context, nameEnd, end);
    case Verb.ME:
      return executeMetaDebug(context, nameEnd, end);
    case Verb.MN:
      respond(context, reply.metaNoop, false);
      return Outcome.FLUSH;
    default:
      return executeAdmin(context, start, end);
  }
}
