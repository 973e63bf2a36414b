/**
 * A thread's log ring: records of what happens, for whoever watches (shared/log.ts draws them).
 *
 *     ring   │ free │ read │ records not yet read │ free        │
 *                          ▲ head                 ▲ tail
 *
 * Only its thread writes it and only the logger reads it, so there is no lock: a record is whole
 * before the tail moves over it, and read before the head does. When it is full the record is
 * dropped, and counted; nobody waits. A record takes its number, one for all threads, only when
 * there is room for it: so no number is ever missing, and the logger can tell an order.
 */
import { Counter } from "../shared/counters";
import { FOR_SERVER, THREADED, logPtr } from "./thread";
import { LogArea, LogField, LogType } from "../shared/log";
import { LOG_GID_PTR } from "./region";
import { count } from "./counters";

/** Whether somebody watches this kind of event: all that the log costs where nobody does. */
export function logWants(kind: u32): bool {
  if (!FOR_SERVER) return false;
  return (load<u32>(logPtr(), LogArea.KINDS) & kind) !== 0;
}

function publishTail(tail: u32): void {
  if (THREADED) atomic.store<u32>(logPtr() + LogArea.TAIL, tail);
  else store<u32>(logPtr(), tail, LogArea.TAIL);
}

function head(): u32 {
  return THREADED ? atomic.load<u32>(logPtr() + LogArea.HEAD) : load<u32>(logPtr(), LogArea.HEAD);
}

/** Counts from 1. */
function nextGid(): u64 {
  if (THREADED) return atomic.add<u64>(LOG_GID_PTR, 1) + 1;
  const gid = load<u64>(LOG_GID_PTR) + 1;
  store<u64>(LOG_GID_PTR, gid);
  return gid;
}

/**
 * A record for the caller to fill, and to publish by `logEnd`; 0 when there is no room. It has its
 * text, and DETAIL and NUMBER as given; TTL and IDLE are the caller's.
 */
export function logBegin(
  type: u32,
  detail: u32,
  number: u32,
  textPtr: usize,
  textLength: u32,
): usize {
  const length = (<u32>LogField.TEXT + textLength + 7) & ~7;
  const size = load<u32>(logPtr(), LogArea.SIZE);
  const tail = load<u32>(logPtr(), LogArea.TAIL);
  const toEnd = size - (tail & (size - 1));
  const pad = length > toEnd ? toEnd : 0;
  if (length + pad > size - (tail - head())) {
    count(Counter.LOG_DROPPED);
    return 0;
  }
  if (pad !== 0) {
    store<u32>(load<u32>(logPtr(), LogArea.RING) + size - pad, pad | (LogType.PAD << 16));
    publishTail(tail + pad);
  }
  count(Counter.LOG_WRITTEN);
  const ptr = <usize>load<u32>(logPtr(), LogArea.RING) + ((tail + pad) & (size - 1));
  store<u32>(ptr, length | (type << 16) | (textLength << 24));
  store<u32>(ptr, detail, LogField.DETAIL);
  store<u64>(ptr, nextGid(), LogField.GID);
  store<u64>(ptr, load<u64>(logPtr(), LogArea.TIME), LogField.TIME);
  store<u32>(ptr, load<u32>(logPtr(), LogArea.CONNECTION), LogField.CONNECTION);
  store<u32>(ptr, number, LogField.NUMBER);
  memory.copy(ptr + LogField.TEXT, textPtr, textLength);
  return ptr;
}

export function logEnd(ptr: usize): void {
  publishTail(load<u32>(logPtr(), LogArea.TAIL) + load<u16>(ptr));
}

/** An event of the host's; its text stands in the log area. */
export function logHostEvent(type: u32, detail: u32, number: u32, textLength: u32): void {
  const ptr = logBegin(type, detail, number, logPtr() + LogArea.TEXT, textLength);
  if (ptr !== 0) logEnd(ptr);
}
