/** The npm package `memjs` brings no types: as much of it as the tests use. */
declare module "memjs" {
  interface Options {
    readonly username?: string;
    readonly password?: string;
    readonly timeout?: number;
    readonly retries?: number;
    readonly logger?: { log(...words: unknown[]): void };
  }
  interface Lifetime {
    readonly expires?: number;
  }
  interface Found {
    readonly value: Buffer | null;
    readonly flags: Buffer | null;
  }
  interface Count {
    readonly success: boolean | null;
    readonly value: number | null;
  }
  type ServerCallback = (
    error: Error | null,
    server: string,
    stats: Readonly<Record<string, string>>,
  ) => void;
  export class Client {
    static create(servers: string, options?: Options): Client;
    get(key: string): Promise<Found>;
    set(key: string, value: string | Buffer, options?: Lifetime): Promise<boolean>;
    add(key: string, value: string | Buffer, options?: Lifetime): Promise<boolean>;
    replace(key: string, value: string | Buffer, options?: Lifetime): Promise<boolean>;
    append(key: string, value: string | Buffer): Promise<boolean>;
    delete(key: string): Promise<boolean>;
    touch(key: string, expires: number): Promise<boolean>;
    increment(key: string, by: number, options?: Lifetime & { initial?: number }): Promise<Count>;
    /** Unlike increment it does not do without its options. */
    decrement(key: string, by: number, options: Lifetime & { initial?: number }): Promise<Count>;
    flush(): Promise<Readonly<Record<string, boolean>>>;
    statsWithKey(key: string, callback: ServerCallback): void;
    quit(): void;
    close(): void;
  }
}
