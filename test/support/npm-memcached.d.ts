/** The npm package `memcached` brings no types: as much of it as the tests use. */
declare module "memcached" {
  /** Every method takes its words and then a callback. */
  interface MemcachedClient {
    [method: string]: (...words: unknown[]) => void;
  }
  const Memcached: new (address: string, options: object) => MemcachedClient;
  export = Memcached;
}
