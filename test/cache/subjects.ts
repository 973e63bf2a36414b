/**
 * The kinds of caches that the table runs over on every host; the server's is Bun's alone.
 */
import type { CacheApi, Subject } from "./row.ts";
import type * as Api from "../../src/cache/exports.ts";

const MAX_BYTES = 4 * 1024 * 1024;

type Options<V> = Api.ViewOptions<V>;

export function subjectsOf(api: CacheApi): Record<string, Subject> {
  return {
    unshared: {
      api,
      tickMs: 10,
      make: <V>(options: Options<V> = {}) => new api.Cache<V>({ ...options, maxBytes: MAX_BYTES }),
    },
    shared: {
      api,
      tickMs: 10,
      make: <V>(options: Options<V> = {}) =>
        api.Cache.shared<V>({ ...options, maxBytes: MAX_BYTES, threads: 3 }),
    },
    joined: {
      api,
      tickMs: 10,
      make: <V>(options: Options<V> = {}) => {
        const events = options.onEvict !== undefined;
        const { handle } = api.Cache.shared({ maxBytes: MAX_BYTES, threads: 3, events });
        if (handle === null) throw new Error("a shared cache has a handle");
        return api.Cache.join<V>(handle, options);
      },
    },
  };
}
