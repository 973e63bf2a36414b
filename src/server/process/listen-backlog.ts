/**
 * `-b`: the length of the queue of a listening socket.
 *
 * `Bun.listen` always asks for 512. Calling listen(2) again on the same descriptor changes the
 * length and nothing else; the kernel cuts it to net.core.somaxconn, as it does for memcached.
 */

import { libc } from "./libc.ts";

/** Returns whether the queue has the wanted length now; without libc it keeps Bun's. */
export function setListenBacklog(descriptor: number, backlog: number): boolean {
  return libc()?.listen(descriptor, backlog) === 0;
}
