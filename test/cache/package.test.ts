/**
 * The package on every host: packed, installed into an empty project, run.
 *
 * Goal: Bun, Node, Deno, a browser and an edge runtime all have the same cache, and read each
 * other's snapshots. Method: the host programs of test/cache/host run the test table there and
 * report; each gets the snapshots of those before it. The edge runtime is Node with an edge
 * runtime's import conditions, .wasm imports as modules, and no WebAssembly compiler.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  buildPrograms,
  bundle,
  installInto,
  output,
  pack,
  parseReport,
  writeSnapshots,
} from "./hosts.ts";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { type HostReport } from "./host/report.ts";
import { TABLE } from "./table.ts";
import { WORKER_ROWS } from "./host/worker-rows.ts";
import { chromium } from "playwright-core";
import { join } from "node:path";
import { testWith } from "../support/peers.ts";
import { tmpdir } from "node:os";

const ROOT = join(import.meta.dirname, "../..");
const DENO = join(ROOT, "node_modules/deno/bin.cjs");
const TIMEOUT_MS = 180_000;

/** Rows for one kind of cache, and those that only run once: own and damaged snapshots, Workers. */
const PER_KIND = Object.keys(TABLE).length;
const WITHOUT_WORKERS = PER_KIND + 2;
const WITH_WORKERS = 3 * PER_KIND + 3 + WORKER_ROWS;

const EDGE_HOOKS = `
import { readFileSync } from "node:fs";
export async function load(url, context, next) {
  if (!url.endsWith(".wasm")) return next(url, context);
  const file = JSON.stringify(url);
  const source = \`import { readFileSync } from "node:fs";
    export default new WebAssembly.Module(readFileSync(new URL(\${file})));
    const refuse = () => { throw new Error("no compiler here"); };
    WebAssembly.Module = refuse; WebAssembly.compile = refuse;\`;
  return { format: "module", shortCircuit: true, source };
}`;
const EDGE_START = `
import { register } from "node:module";
register("./edge-hooks.mjs", import.meta.url);`;

let folder = "";
let packed = "";
/** Snapshots of the hosts that have run. */
const snapshots: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wasmcached-package-"));
  packed = await pack(folder);
}, TIMEOUT_MS);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function project(host: string, main: string, worker?: string): Promise<string> {
  const place = join(folder, host);
  await installInto(place, packed);
  writeSnapshots(place, snapshots);
  await buildPrograms(place, main, worker);
  return place;
}

/** Nothing failed, all ran, and the host could read the snapshots of those before it. */
function judge(report: HostReport, rows: number, given = snapshots.length): void {
  expect(report.failed).toEqual([]);
  expect(report.passed).toBe(rows + given);
  snapshots.push(...report.snapshots);
}

describe("the package", () => {
  test(
    "has no dependency, and nothing but what is needed",
    async () => {
      const place = join(folder, "bare");
      await installInto(place, packed);
      expect(readdirSync(join(place, "node_modules")).filter((name) => name[0] !== ".")).toEqual([
        "wasmcached",
      ]);
      const top = readdirSync(join(place, "node_modules/wasmcached")).toSorted();
      expect(top).toEqual(
        "CHANGELOG.md LICENSE README.md assembly bin build dist docs package.json src"
          .split(" ")
          .filter((name) => top.includes(name)),
      );
      expect(top).toContain("dist");
    },
    TIMEOUT_MS,
  );

  test(
    "gives the raw modules, their numbers and the adapters by name",
    async () => {
      const place = join(folder, "raw");
      await installInto(place, packed);
      const text = `
        import { readFileSync } from "node:fs";
        import { createRequire } from "node:module";
        import { Gauge, Option, Status } from "wasmcached/constants";
        import { LRUCache } from "wasmcached/lru-cache";
        import { KeyvStore } from "wasmcached/keyv";
        const { resolve } = createRequire(import.meta.url);
        for (const [name, shared] of [["core", false], ["core.threads", true]]) {
          const file = resolve("wasmcached/" + name + ".wasm");
          const module = new WebAssembly.Module(readFileSync(file));
          const memory = new WebAssembly.Memory({ initial: 1024, maximum: 1024, shared });
          const env = { memory, wait: () => {} };
          const core = new WebAssembly.Instance(module, { env }).exports;
          core.init(1024, Option.EVICT, 0, 16, 1 << 20, 4, 1);
          core.classesByFactor(16, 1.25, 1 << 20);
          console.log(name, core.gauge(Gauge.PAGES_LIMIT), Status.TOO_LARGE);
        }
        console.log(new LRUCache({ max: 9 }).set("key", 1).get("key"));
        const store = new KeyvStore({ maxBytes: 1 << 20 });
        await store.set("key", "value");
        console.log(await store.get("key"));`;
      writeFileSync(join(place, "main.js"), text);
      const printed = await output(["node", "main.js"], place);
      expect(printed).toBe("core 4 4\ncore.threads 4 4\n1\nvalue\n");
    },
    TIMEOUT_MS,
  );

  test(
    "has types that a strict compiler takes, and maps to its sources",
    async () => {
      const place = join(folder, "types");
      await installInto(place, packed);
      const text = `
        import { Cache, type CacheHandle, jsonCodec } from "wasmcached";
        import { LRUCache } from "wasmcached/lru-cache";
        import { KeyvStore } from "wasmcached/keyv";
        import { Gauge, KEY_LENGTH_MAX } from "wasmcached/constants";
        const cache = new Cache({ maxBytes: 1 << 20, codec: jsonCodec<{ n: number }>() });
        export const n: number | undefined = cache.get("key")?.n;
        export const sum: bigint | undefined = cache.incr("key", 1n);
        export const handle: CacheHandle | null = Cache.shared({ maxBytes: 1 << 21 }).handle;
        export const gone: string[] = [];
        using short = new Cache({ maxBytes: 1 << 20, onEvict: (key, why) => gone.push(key + why) });
        short.set("key", "value", { ttl: new Date(Date.now() + 1000) });
        export const again = Cache.from(short.snapshot(), { shared: true, threads: 2 });
        export const lru = new LRUCache<string, Date>({ max: 100 });
        export const store = new KeyvStore({ maxBytes: 1 << 20 });
        export const numbers: number[] = [Gauge.ITEMS, KEY_LENGTH_MAX];`;
      writeFileSync(join(place, "main.ts"), text);
      const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
      const options = "--noEmit --strict --target es2022 --module nodenext".split(" ");
      const lib = ["--lib", "es2022,dom,esnext.disposable", "--rootDir", "."];
      await output([process.execPath, tsc, ...options, ...lib, "main.ts"], place);
      const map = join(place, "node_modules/wasmcached/dist/src/cache/cache.js.map");
      const { sources } = JSON.parse(readFileSync(map, "utf8")) as { sources: string[] };
      expect(Bun.file(join(map, "..", sources[0] ?? "")).size).toBeGreaterThan(1000);
    },
    TIMEOUT_MS,
  );
});

describe("on every host", () => {
  test(
    "Node",
    async () => {
      const place = await project("node", "host/node-main.ts", "host/node-worker.ts");
      judge(parseReport(await output(["node", "main.js"], place)), WITH_WORKERS);
    },
    TIMEOUT_MS,
  );

  test(
    "Bun",
    async () => {
      const place = await project("bun", "host/node-main.ts", "host/node-worker.ts");
      judge(parseReport(await output([process.execPath, "main.js"], place)), WITH_WORKERS);
    },
    TIMEOUT_MS,
  );

  test(
    "Deno, which may read nothing but the Worker",
    async () => {
      const place = await project("deno", "host/web-main.ts", "host/web-worker.ts");
      const words = [
        "node",
        DENO,
        "run",
        "--node-modules-dir=manual",
        "--no-prompt",
        "--allow-read=worker.js",
        "main.js",
      ];
      judge(parseReport(await output(words, place)), WITH_WORKERS);
    },
    TIMEOUT_MS,
  );

  test(
    "an edge runtime",
    async () => {
      const place = await project("edge", "host/edge-main.ts");
      writeFileSync(join(place, "edge-hooks.mjs"), EDGE_HOOKS);
      writeFileSync(join(place, "edge-start.mjs"), EDGE_START);
      const words = ["node", "-C", "workerd", "--import", "./edge-start.mjs", "main.js"];
      judge(parseReport(await output(words, place)), WITHOUT_WORKERS);
    },
    TIMEOUT_MS,
  );
});

/** Serves the site, with or without cross-origin isolation. */
function serve(site: string, isolated: boolean): Bun.Server<undefined> {
  const headers: Record<string, string> = isolated
    ? {
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-embedder-policy": "require-corp",
      }
    : {};
  return Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => {
      const { pathname } = new URL(request.url);
      const file = join(site, pathname);
      if (pathname.endsWith(".js")) return new Response(Bun.file(file), { headers });
      if (pathname !== "/") return new Response(null, { status: 404 });
      const page = `<!doctype html><script type="module" src="/main.js"></script>`;
      return new Response(page, { headers: { ...headers, "content-type": "text/html" } });
    },
  });
}

async function inBrowser(site: string, isolated: boolean): Promise<HostReport> {
  const server = serve(site, isolated);
  const browser = await chromium.launch({
    executablePath: Bun.which("chromium") ?? "",
    args: ["--no-sandbox"],
  });
  try {
    const page = await browser.newPage();
    const reported = new Promise<string>((resolve, reject) => {
      page.on("pageerror", reject);
      void page.exposeFunction("tellReport", resolve).then(async () => {
        await page.goto(`http://127.0.0.1:${server.port}/`);
      });
    });
    return parseReport(await reported);
  } finally {
    await browser.close();
    await server.stop(true);
  }
}

describe("in a browser", () => {
  let site = "";
  let given = 0;
  beforeAll(async () => {
    given = snapshots.length;
    const place = await project("browser", "host/web-main.ts", "host/web-worker.ts");
    mkdirSync(join(place, "site"));
    await bundle(place, "main");
    await bundle(place, "worker");
    site = join(place, "site");
  }, TIMEOUT_MS);

  testWith(
    "chromium",
    "on a page that is cross-origin isolated",
    async () => {
      judge(await inBrowser(site, true), WITH_WORKERS, given);
    },
    TIMEOUT_MS,
  );

  testWith(
    "chromium",
    "on a page like any other",
    async () => {
      judge(await inBrowser(site, false), WITHOUT_WORKERS, given);
    },
    TIMEOUT_MS,
  );
});
