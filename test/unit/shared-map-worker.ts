/**
 * One of the threads of shared-map.test.ts: counts in an entry that all of them use, and in one of
 * its own, which it makes on the way.
 */
import { SharedMap } from "../../src/base/shared-map.ts";

interface Task {
  readonly shared: SharedArrayBuffer;
  readonly sizes: readonly [entriesMax: number, width: number];
  readonly own: number;
  readonly each: number;
}

declare const self: Worker;

self.addEventListener("message", ({ data }: MessageEvent<Task>) => {
  const { shared, sizes, own, each } = data;
  const map = new SharedMap(...sizes, shared);
  for (let i = 0; i < each; i++) {
    map.change("all", (numbers) => {
      if (numbers !== null) numbers[own]++;
    });
    map.change(`own ${own}`, (numbers) => {
      if (numbers !== null) numbers[0]++;
    });
  }
  self.postMessage("done");
});
