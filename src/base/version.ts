/**
 * The two version numbers of the server, in one place.
 *
 * `MEMCACHED_VERSION` is the memcached whose behaviour is rebuilt here; it is what `version`,
 * `stats` and `-V` answer, because clients and scripts compare it. `WASMCACHED_VERSION` is our own
 * and must equal the `version` of package.json: a unit test keeps the two together, so that nothing
 * has to read package.json at start.
 */

export const MEMCACHED_VERSION = "1.6.45";

export const WASMCACHED_VERSION = "0.1.0";
