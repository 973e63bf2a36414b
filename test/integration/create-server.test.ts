/**
 * Goal: the public API starts a server inside this program and stops it again.
 * Method: two servers at once, spoken to over TCP; the list of exports is pinned.
 */
import { expect, test } from "bun:test";
import * as api from "../../src/index.ts";

/** Sends text and returns what comes until the server closes. */
async function conversation(port: number, text: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let received = "";
  await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      open: (socket) => {
        socket.write(text);
      },
      data: (_socket, bytes) => {
        received += bytes.toString("latin1");
      },
      close: () => resolve(received),
    },
  });
  return promise;
}

test("exports", () => {
  const names = ["MEMCACHED_VERSION", "StartError", "WASMCACHED_VERSION", "createServer"];
  names.push("Cache", "CacheError", "StalledError", "bytesCodec", "jsonCodec", "textCodec");
  names.sort();
  expect(Object.keys(api).sort()).toEqual(names);
});

test("servers of one program share nothing", async () => {
  const one = await api.createServer({ port: 0 });
  const two = await api.createServer({ port: 0, memoryLimit: 8 * 1024 * 1024 });
  try {
    expect(one.addresses).toEqual([`tcp:127.0.0.1:${one.port}`]);
    const stored = await conversation(one.port, "set a 0 0 1\r\n1\r\nget a\r\nquit\r\n");
    expect(stored).toBe("STORED\r\nVALUE a 0 1\r\n1\r\nEND\r\n");
    expect(await conversation(two.port, "get a\r\nquit\r\n")).toBe("END\r\n");
  } finally {
    one.stop();
    two.stop();
  }
});

test("a port that is taken is refused with memcached's text and code", async () => {
  const server = await api.createServer({ port: 0 });
  try {
    const again = api.createServer({ port: server.port });
    const message = `failed to listen on TCP port ${server.port}: Address already in use`;
    await expect(again).rejects.toMatchObject({ code: 71, message });
  } finally {
    server.stop();
  }
});

test("stop drops connections and frees the port", async () => {
  const server = await api.createServer({ port: 0 });
  const { port } = server;
  const closed = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      open: (socket) => {
        socket.write("version\r\n");
      },
      data: () => answered.resolve(),
      close: () => closed.resolve(),
    },
  });
  await answered.promise;
  server.stop();
  await closed.promise;
  const next = await api.createServer({ port });
  next.stop();
});
