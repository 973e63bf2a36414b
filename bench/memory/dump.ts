/**
 * Reads `lru_crawler metadump all` to its end.
 *
 * Place: used by `metadump.ts`. The connection takes as much as comes and keeps nothing but the
 * number of lines.
 */
const LF = 0x0a;
const HEAD = 100;
const TAIL = 16;

export interface Dump {
  /** Null when it was a dump; otherwise what came instead. */
  readonly refusal: string | null;
  readonly items: number;
  readonly bytes: number;
  readonly seconds: number;
}

function countLines(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) lines++;
  return lines;
}

const IS_OVER = /(^|\n)END\r\n$/;
/** How a dump begins, on servers that say OK first, and on those that do not. */
const IS_DUMP = /^(OK\r\n|key=|END\r\n)/;

export async function readDump(port: number, patienceMs: number): Promise<Dump> {
  const started = performance.now();
  const { promise, resolve, reject } = Promise.withResolvers<string | null>();
  let lines = 0;
  let bytes = 0;
  let head = "";
  let tail = "";
  const take = (data: Buffer): void => {
    if (bytes === 0) head = data.toString("latin1", 0, HEAD);
    bytes += data.length;
    lines += countLines(data);
    tail = (tail + data.subarray(-TAIL).toString("latin1")).slice(-TAIL);
    if (!IS_DUMP.test(head)) resolve(head.trim());
    else if (IS_OVER.test(tail)) resolve(null);
  };
  const socket = await Bun.connect<undefined>({
    hostname: "127.0.0.1",
    port,
    socket: {
      data: (_, data) => take(Buffer.from(data.buffer, data.byteOffset, data.length)),
      close: () => reject(new Error("the connection was closed during the dump")),
      error: (_, error) => reject(error),
    },
  });
  const timer = setTimeout(() => reject(new Error("the dump does not end")), patienceMs);
  try {
    socket.write("lru_crawler metadump all\r\n");
    const refusal = await promise;
    const seconds = (performance.now() - started) / 1000;
    // OK, which older servers do not say, and END are lines without an item.
    const others = head.startsWith("OK") ? 2 : 1;
    return { refusal, items: Math.max(0, lines - others), bytes, seconds };
  } finally {
    clearTimeout(timer);
    socket.end();
  }
}
