/**
 * The package on every host: packed, installed into an empty project, run.
 *
 * Goal: Bun, Node, Deno, a browser and edge runtimes all have the same cache, and every one
 * restores the snapshots of every other. Method: the host programs of test/cache/host run the test
 * table there and report; then each is run again with the snapshots of all. workerd is the real
 * one, with the package bundled for it. Of the runtimes with `edge-light` there is no program that
 * npm brings: Node takes the place, with that import condition, .wasm imports as modules, and no
 * WebAssembly compiler.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  buildPrograms,
  bundle,
  bundleForWorkerd,
  installInto,
  output,
  pack,
  parseReport,
  writeSnapshots,
} from "./hosts.ts";
import { CLONE_ROWS } from "./clone-rows.ts";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { type Finding, describeFindings, source, walkedPaths } from "../tidy/sources.ts";
import { type HostReport } from "./host/report.ts";
import { TABLE } from "./table.ts";
import { WORKER_ROWS } from "./host/worker-rows.ts";
import { brokenLinks } from "../tidy/links.ts";
import { chromium } from "playwright-core";
import { join } from "node:path";
import { NODE_22, testWith } from "../support/peers.ts";
import { tmpdir } from "node:os";

const ROOT = join(import.meta.dirname, "../..");
const DENO = join(ROOT, "node_modules/deno/bin.cjs");
const WORKERD = join(ROOT, "node_modules/workerd/bin/workerd");
const TIMEOUT_MS = 180_000;

/** A tenth of it are the pages. */
const PACKED_BYTES_MAX = 600_000;

/** Rows for one kind of cache, and those that only run once: snapshots of its own, Workers. */
const PER_KIND = Object.keys(TABLE).length;
const WITHOUT_WORKERS = PER_KIND + 3;
const WITH_WORKERS = 3 * PER_KIND + 4 + WORKER_ROWS;
/** Where there are structured clones as well. */
const WITH_CLONES = WITH_WORKERS + 3 * CLONE_ROWS;

const EDGE_HOOKS = `
import { readFileSync } from "node:fs";
export async function load(url, context, next) {
  const query = "?module";
  if (url.endsWith(".wasm")) throw new Error("not without " + query);
  if (!url.endsWith(".wasm" + query)) return next(url, context);
  const file = JSON.stringify(url.slice(0, -query.length));
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
/** An empty project into which npm has installed it; others begin as copies. */
let installed = "";
/** Snapshots of the hosts that have run. */
const snapshots: string[] = [];
/** How to run those once more, with what `writeSnapshots` says then. */
const again = new Map<string, (given: readonly string[]) => Promise<HostReport>>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wasmcached-package-"));
  packed = await pack(folder);
  installed = join(folder, "installed");
  await installInto(installed, packed);
}, TIMEOUT_MS);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The matrix of the protocol names the tests behind each row, which only the repository has. */
function isForRepository({ path, message }: Finding): boolean {
  return path === "docs/protocol.md" && message.startsWith("a link to ../test/");
}

/** A project with the package, as npm has installed it. */
function empty(name: string): string {
  const place = join(folder, name);
  cpSync(installed, place, { recursive: true, verbatimSymlinks: true });
  return place;
}

function packageIn(place: string): string {
  return join(place, "node_modules/wasmcached");
}

async function project(host: string, main: string, worker?: string): Promise<string> {
  const place = empty(host);
  writeSnapshots(place, null);
  await buildPrograms(place, main, worker);
  return place;
}

/** Nothing failed, and all ran. */
function judge(report: HostReport, rows: number): void {
  expect(report.failed).toEqual([]);
  expect(report.passed).toBe(rows);
  snapshots.push(...report.snapshots);
}

describe("the package", () => {
  test("has no dependency, and nothing but what is needed", () => {
    const modules = readdirSync(join(installed, "node_modules"));
    expect(modules.filter((name) => name[0] !== ".")).toEqual(["wasmcached"]);
    const pages = "CHANGELOG.md CONTRIBUTING.md LICENSE README.md";
    const folders = "assembly bench bin build dist docs examples";
    const top = `${pages} ${folders} package.json src`.split(" ");
    expect(readdirSync(packageIn(installed)).toSorted()).toEqual(top);
    expect(readdirSync(join(packageIn(installed), "bench"))).toEqual(["results"]);
    expect(readdirSync(join(installed, "node_modules/.bin"))).toEqual(["wasmcached"]);
    expect(Bun.file(packed).size).toBeLessThan(PACKED_BYTES_MAX);
  });

  test("may be published, and its pages link to what is in it", async () => {
    const root = packageIn(installed);
    expect(await Bun.file(join(root, "package.json")).json()).not.toHaveProperty("private");
    const paths = walkedPaths(root);
    expect(paths).toContain("docs/cache.md");
    const pages = paths.filter((path) => /\.(md|svg)$|^LICENSE$/.test(path));
    const texts = await Promise.all(pages.map((path) => Bun.file(join(root, path)).text()));
    const others = paths.filter((path) => !pages.includes(path)).map((path) => source(path, ""));
    const dead = brokenLinks([...others, ...pages.map((path, i) => source(path, texts[i] ?? ""))]);
    expect(describeFindings(dead.filter((link) => !isForRepository(link)))).toBe("");
    expect(dead.filter(isForRepository).length).toBeGreaterThan(20);
  });

  test(
    "gives the raw modules, their numbers and the adapters by name",
    async () => {
      const place = empty("raw");
      const text = `
        import { readFileSync } from "node:fs";
        import { createRequire } from "node:module";
        import { Gauge, Option, Status } from "wasmcached/constants";
        import { LRUCache } from "wasmcached/lru-cache";
        import { KeyvStore } from "wasmcached/keyv";
        import { structuredCloneCodec } from "wasmcached/structured-clone";
        import { Cache } from "wasmcached";
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
        console.log(await store.get("key"));
        const codec = structuredCloneCodec();
        const cache = new Cache({ maxBytes: 1 << 20, codec });
        console.log(cache.set("key", new Set([1n])).get("key").has(1n));`;
      writeFileSync(join(place, "main.js"), text);
      const printed = await output(["node", "main.js"], place);
      expect(printed).toBe("core 4 4\ncore.threads 4 4\n1\nvalue\ntrue\n");
    },
    TIMEOUT_MS,
  );

  test(
    "has types that a strict compiler takes, and maps to its sources",
    async () => {
      const place = empty("types");
      const text = `
        import { Cache, type CacheHandle, jsonCodec } from "wasmcached";
        import { LRUCache } from "wasmcached/lru-cache";
        import { KeyvStore } from "wasmcached/keyv";
        import { Gauge, KEY_LENGTH_MAX } from "wasmcached/constants";
        import { structuredCloneCodec } from "wasmcached/structured-clone";
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
        const codec = structuredCloneCodec<Map<string, Date>>();
        const clones = new Cache({ maxBytes: 1 << 20, codec });
        export const date: Date | undefined = clones.get("key")?.get("key");
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

/** Runs a host's program in its project; and when all have run, with all snapshots. */
async function runHost(
  name: string,
  place: string,
  words: readonly string[],
  rebuild: (place: string) => Promise<void> = async () => undefined,
): Promise<HostReport> {
  const run = async (): Promise<HostReport> => {
    await rebuild(place);
    return parseReport(await output(words, place));
  };
  const report = await run();
  again.set(name, async (given) => {
    writeSnapshots(place, given);
    return await run();
  });
  return report;
}

describe("on every host", () => {
  const node = { main: "host/node-main.ts", worker: "host/node-worker.ts" };

  test(
    "Node",
    async () => {
      const place = await project("node", node.main, node.worker);
      judge(await runHost("Node", place, ["node", "main.js"]), WITH_CLONES);
    },
    TIMEOUT_MS,
  );

  testWith(
    "node-22",
    "Node 22, the first one for which shared caches are promised",
    async () => {
      const place = await project("node-22", node.main, node.worker);
      judge(await runHost("Node 22", place, [NODE_22, "main.js"]), WITH_CLONES);
    },
    TIMEOUT_MS,
  );

  test(
    "Bun",
    async () => {
      const place = await project("bun", node.main, node.worker);
      judge(await runHost("Bun", place, [process.execPath, "main.js"]), WITH_CLONES);
    },
    TIMEOUT_MS,
  );

  test(
    "Deno, which may read nothing but the Worker",
    async () => {
      const place = await project("deno", "host/deno-main.ts", "host/web-worker.ts");
      const options = ["--node-modules-dir=manual", "--no-prompt", "--allow-read=worker.js"];
      const words = ["node", DENO, "run", ...options, "main.js"];
      judge(await runHost("Deno", place, words), WITH_CLONES);
    },
    TIMEOUT_MS,
  );

  test(
    "workerd, with caches made before the first event too",
    async () => {
      const place = await project("workerd", "host/workerd-main.ts");
      const words = [WORKERD, "test", "workerd.capnp"];
      judge(await runHost("workerd", place, words, bundleForWorkerd), WITHOUT_WORKERS + 1);
    },
    TIMEOUT_MS,
  );

  test(
    "an edge runtime with edge-light",
    async () => {
      const place = await project("edge", "host/edge-main.ts");
      writeFileSync(join(place, "edge-hooks.mjs"), EDGE_HOOKS);
      writeFileSync(join(place, "edge-start.mjs"), EDGE_START);
      const words = ["node", "-C", "edge-light", "--import", "./edge-start.mjs", "main.js"];
      judge(await runHost("edge-light", place, words), WITHOUT_WORKERS);
    },
    TIMEOUT_MS,
  );

  test(
    "one that compiles nothing, and has no condition that is known, says so",
    async () => {
      const place = await project("unknown", "host/edge-main.ts");
      const text = `WebAssembly.Module = function () { throw new Error("no compiler here"); };`;
      writeFileSync(join(place, "refuse.mjs"), text);
      await bundle(place, "main");
      const words = ["node", "--import", "./refuse.mjs", "site/main.js"];
      await expect(output(words, place)).rejects.toThrow("import condition");
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
    const { promise: reported, resolve, reject } = Promise.withResolvers<string>();
    page.on("pageerror", reject);
    await page.exposeFunction("tellReport", resolve);
    // The page may report before it is loaded to the end, which is to be waited for as well.
    const [report] = await Promise.all([reported, page.goto(`http://127.0.0.1:${server.port}/`)]);
    return parseReport(report);
  } finally {
    await browser.close();
    await server.stop(true);
  }
}

test(
  "structured clones cannot be imported where a call cannot make them, and it is said",
  async () => {
    const place = empty("clones");
    const text = `import "wasmcached/structured-clone"; console.log("imported");`;
    writeFileSync(join(place, "main.js"), text);
    expect(await output(["node", "main.js"], place)).toBe("imported\n");
    const refusal = "Package subpath './structured-clone' is not defined by \"exports\"";
    for (const condition of ["browser", "workerd", "edge-light"]) {
      const words = ["node", "-C", condition, "main.js"];
      await expect(output(words, place)).rejects.toThrow(refusal);
    }
  },
  TIMEOUT_MS,
);

describe("in a browser", () => {
  let place = "";
  const build = async (): Promise<void> => {
    await bundle(place, "main");
    await bundle(place, "worker");
  };
  beforeAll(async () => {
    place = await project("browser", "host/web-main.ts", "host/web-worker.ts");
    mkdirSync(join(place, "site"));
    await build();
  }, TIMEOUT_MS);

  testWith(
    "chromium",
    "on a page that is cross-origin isolated",
    async () => {
      judge(await inBrowser(join(place, "site"), true), WITH_WORKERS);
      again.set("a browser", async (given) => {
        writeSnapshots(place, given);
        await build();
        return await inBrowser(join(place, "site"), true);
      });
    },
    TIMEOUT_MS,
  );

  testWith(
    "chromium",
    "on a page like any other",
    async () => {
      judge(await inBrowser(join(place, "site"), false), WITHOUT_WORKERS);
    },
    TIMEOUT_MS,
  );
});

test(
  "every host restores the snapshots of every host",
  async () => {
    expect(again.size).toBeGreaterThanOrEqual(5);
    expect(snapshots.length).toBeGreaterThanOrEqual(8);
    for (const [name, run] of again) {
      const { failed, passed } = await run(snapshots);
      expect([name, failed, passed]).toEqual([name, [], snapshots.length]);
    }
  },
  TIMEOUT_MS,
);
