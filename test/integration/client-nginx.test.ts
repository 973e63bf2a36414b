/**
 * Goal: nginx serves pages out of our server, and asks the application where there is none, as its
 * manual shows: memcached_pass with error_page 404 502 504 = @fallback.
 * Method: nginx between this test's requests and an application of this test, which stores the
 * pages it makes, or does not; the server stopped, dead, or refusing.
 */

import { afterAll, beforeAll, describe, expect } from "bun:test";
import { gzipSync } from "node:zlib";
import { LiveServer } from "../support/live-server.ts";
import { noise } from "../support/noise.ts";
import { hasPeer, testWith } from "../support/peers.ts";
import { ProxyProcess } from "../support/proxy-process.ts";
import type { TextClient } from "../support/text-client.ts";

const testNginx = testWith.bind(null, "nginx");

/** 2 in the flags of an item tells nginx that the value is compressed. */
const GZIP_FLAG = 2;

function configuration(memcached: number, application: number): string {
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `
    daemon off;
    master_process off;
    pid pid;
    error_log stderr crit;
    events { worker_connections 256; }
    http {
      access_log off;
      default_type text/html;
      ${paths.map((name) => `${name}_temp_path ${name};`).join("\n      ")}
      upstream memcached {
        server 127.0.0.1:${memcached} max_fails=0;
        keepalive 4;
      }
      server {
        listen unix:socket;
        location / {
          set $memcached_key "$uri?$args";
          memcached_pass memcached;
          memcached_gzip_flag ${GZIP_FLAG};
          memcached_connect_timeout 500ms;
          memcached_read_timeout 500ms;
          error_page 404 502 504 = @fallback;
        }
        location @fallback { proxy_pass http://127.0.0.1:${application}; }
      }
    }`;
}

/** Makes pages, and counts them. */
class Application implements AsyncDisposable {
  asked: string[] = [];
  readonly #server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: ({ url }) => {
      const { pathname, search } = new URL(url);
      this.asked.push(pathname + search);
      return new Response(`made: ${pathname}`);
    },
  });

  get port(): number {
    return this.#server.port ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }
}

/** A server, nginx and the application in a row. */
class Site implements AsyncDisposable {
  private constructor(
    readonly memcached: LiveServer,
    readonly application: Application,
    readonly nginx: ProxyProcess,
    readonly started: AsyncDisposableStack,
  ) {}

  static async start(words: readonly string[]): Promise<Site> {
    // What was started is stopped again if the rest does not start.
    await using started = new AsyncDisposableStack();
    const memcached = started.use(await LiveServer.start(words));
    const application = started.use(new Application());
    const text = configuration(memcached.port, application.port);
    const files = () => ({ "nginx.conf": text });
    const command = ["sh", "-c", 'exec nginx -p "$PWD/" -c nginx.conf -e stderr'];
    const nginx = started.use(await ProxyProcess.start({ files, command }));
    return new Site(memcached, application, nginx, started.move());
  }

  page(path: string): Promise<Response> {
    return fetch(`http://site${path}`, { unix: this.nginx.socket });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.started.disposeAsync();
  }
}

async function store(client: TextClient, key: string, value: Buffer, flags = 0): Promise<void> {
  client.send(`set ${key} ${flags} 0 ${value.length}\r\n`);
  client.send(value);
  expect(await client.ask("")).toBe("STORED");
}

describe.each([
  ["-t 1 -B ascii", ["-t", "1", "-B", "ascii"]],
  ["default threads", []],
])("%s", (_title, words: string[]) => {
  let site: Site;
  let client: TextClient;
  beforeAll(async () => {
    if (!hasPeer("nginx")) return;
    site = await Site.start(words);
    client = await site.memcached.connect();
  });
  afterAll(async () => {
    if (hasPeer("nginx")) await site[Symbol.asyncDispose]();
  });

  testNginx("a miss goes to the application, what it stored is served from then on", async () => {
    site.application.asked = [];
    const missed = await site.page("/news?page=2");
    expect([missed.status, await missed.text()]).toEqual([200, "made: /news"]);
    expect(site.application.asked).toEqual(["/news?page=2"]);
    await store(client, "/news?page=2", Buffer.from("stored: /news"));
    for (let i = 0; i < 3; i++) {
      const served = await site.page("/news?page=2");
      expect([served.status, await served.text()]).toEqual([200, "stored: /news"]);
      expect(served.headers.get("content-type")).toBe("text/html");
      expect(served.headers.get("content-length")).toBe("13");
    }
    expect(site.application.asked).toEqual(["/news?page=2"]);
    expect(await client.ask("delete /news?page=2")).toBe("DELETED");
    expect(await (await site.page("/news?page=2")).text()).toBe("made: /news");
  });

  testNginx("pages of all sizes come byte for byte, an empty one too", async () => {
    site.application.asked = [];
    for (const length of [0, 1, 1024, 65_536, 1_000_000]) {
      await store(client, `/sized-${length}?`, noise(length));
      const page = await site.page(`/sized-${length}`);
      expect(Buffer.from(await page.arrayBuffer()).equals(noise(length))).toBe(true);
    }
    await store(client, "/traps?", Buffer.from("\r\nEND\r\nVALUE /traps? 0 1\r\n"));
    expect(await (await site.page("/traps")).text()).toBe("\r\nEND\r\nVALUE /traps? 0 1\r\n");
    // A key has no spaces; nginx escapes them.
    await store(client, "/two%20words?", Buffer.from("escaped"));
    expect(await (await site.page("/two%20words")).text()).toBe("escaped");
    expect(site.application.asked).toEqual([]);
  });

  testNginx("the flags of an item tell that it is compressed", async () => {
    await store(client, "/packed?", gzipSync("compress me ".repeat(1000)), GZIP_FLAG);
    await store(client, "/plain?", Buffer.from("plain"), 1);
    const packed = await site.page("/packed");
    expect(packed.headers.get("content-encoding")).toBe("gzip");
    expect(await packed.text()).toBe("compress me ".repeat(1000));
    const plain = await site.page("/plain");
    expect(plain.headers.get("content-encoding")).toBeNull();
    expect(await plain.text()).toBe("plain");
  });

  testNginx("connections are kept: misses and hits leave them in step", async () => {
    await store(client, "/hit?", Buffer.from("stored"));
    const before = await site.memcached.stat("total_connections");
    for (let round = 0; round < 25; round++) {
      const paths = ["/hit", "/miss", "/hit", "/hit"];
      const pages = await Promise.all(paths.map((path) => site.page(path)));
      const texts = await Promise.all(pages.map((page) => page.text()));
      expect(texts).toEqual(["stored", "made: /miss", "stored", "stored"]);
    }
    // Of 100 requests, four at a time; one connection more is that of this question.
    const after = await site.memcached.stat("total_connections");
    expect(after - before).toBeLessThanOrEqual(5);
  });

  testNginx("a server that hangs is passed over after a while, and used again", async () => {
    await store(client, "/hanging?", Buffer.from("stored"));
    await site.memcached.freeze();
    expect(await (await site.page("/hanging")).text()).toBe("made: /hanging");
    site.memcached.thaw();
    expect(await (await site.page("/hanging")).text()).toBe("stored");
  });
});

testNginx("a dead server costs no page: the application serves all", async () => {
  await using site = await Site.start([]);
  const client = await site.memcached.connect();
  await store(client, "/kept?", Buffer.from("stored"));
  expect(await (await site.page("/kept")).text()).toBe("stored");
  await site.memcached.stop();
  for (let i = 0; i < 3; i++) {
    const page = await site.page("/kept");
    expect([page.status, await page.text()]).toEqual([200, "made: /kept"]);
  }
});
