/**
 * Whether the threads of a server see the same memory: each proves it while it starts.
 *
 *     main                                     thread
 *      │ writes a token ─────── start ────────▶ │
 *      │                                        │ reads the token, writes its reply there
 *      │ ◀───────────────── ready (token) ───── │
 *      │ reads the reply
 *
 * The token shows that the thread has what was written last, the reply that it has no copy of it.
 * Both are written and read through the core, in every memory of a store over several.
 */
import type { CoreFacade } from "../core/facade.ts";

/** Not ~token, which is what a facade reads where its memories differ. */
function replyTo(token: number): number {
  return token ^ 1;
}

/** A new token for a thread that is about to start. */
export function writeToken(core: CoreFacade): number {
  const token = (Math.random() * 2 ** 31) | 0;
  core.abi.setToken(token);
  return token;
}

/** In the thread: the token that it found, to be told to the main thread. */
export function answerToken(core: CoreFacade): number {
  const token = core.abi.token();
  core.abi.setToken(replyTo(token));
  return token;
}

/** Whether the thread that has told `found` has the memory of `core`. */
export function seesMemory(core: CoreFacade, token: number, found: number): boolean {
  return found === token && core.abi.token() === replyTo(token);
}
