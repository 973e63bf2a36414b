/**
 * Whether a program of the model can wait for locks in this order, with these held: what binds the
 * model to what the built core does.
 *
 * The program is run alone, all ways at once, as one runs a pattern over a text: from request to
 * request, with every outcome of every step in between. A lock that could be had unseen is passed.
 */
import type { Action, Program, Step } from "./program.ts";
import { Value } from "./words.ts";
import type { Watched } from "./spied-core.ts";

/** Places from which a thread can go on without being seen, and places of requests. */
type Places = ReadonlySet<number>;

function waysOf(action: Action): readonly number[] {
  switch (action.kind) {
    case "end":
    case "fault":
      return [];
    case "access":
    case "choose":
      return action.next;
    default:
      return [action.next];
  }
}

/** All places that can be come to without a request that is seen. */
function reach(steps: readonly Step[], from: Iterable<number>, unseen: number): Places {
  const places = new Set(from);
  for (const at of places) {
    const { action, isRequest } = steps[at];
    const isSeen = isRequest && action.kind === "access" && (unseen & (1 << action.word)) === 0;
    if (!isSeen) for (const next of waysOf(action)) places.add(next);
  }
  return places;
}

export function follows({ steps }: Program, { requests, unseen }: Watched): boolean {
  let places = reach(steps, [0], unseen[0]);
  for (const [index, { word, holds }] of requests.entries()) {
    const taken = [...places].flatMap((at) => {
      const { action, isRequest, holds: held } = steps[at];
      if (!isRequest || action.kind !== "access") return [];
      return action.word === word && held === holds ? [action.next[Value.FREE]] : [];
    });
    places = reach(steps, taken, unseen[index + 1]);
  }
  return [...places].some((at) => steps[at].action.kind === "end");
}
