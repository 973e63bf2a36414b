/**
 * Goal: `-Z` serves TLS as memcached does: who may connect, what a port speaks, what is counted;
 * nothing leaves a TLS port in plain text, and no client can harm the server with bad bytes.
 * Method: real servers with one thread and with several, certificates made for the test; openssl's
 * own client once, Bun's for the rest.
 */
import { describe, expect } from "bun:test";
import { type CertificatePair, Certificates } from "../support/certificates.ts";
import { hasPeer, testWith } from "../support/peers.ts";
import { LiveServer } from "../support/live-server.ts";
import { TextClient } from "../support/text-client.ts";
import { TamperingProxy } from "../support/tampering-proxy.ts";
import { connect } from "node:net";
import { until } from "../support/waiting.ts";

const made = hasPeer("openssl") ? new Certificates() : null;
const server = made?.issue("server") as CertificatePair;
const client = made?.issue("client") as CertificatePair;
const rogue = made?.selfSigned("rogue") as CertificatePair;

function tlsWords(more = ""): string[] {
  const files = `ssl_chain_cert=${server.certFile},ssl_key=${server.keyFile}`;
  return ["-Z", "-o", more === "" ? files : `${files},${more}`];
}

function withCa(more = ""): string[] {
  return tlsWords(`ssl_ca_cert=${made?.ca.certFile}${more === "" ? "" : `,${more}`}`);
}

function start(words: readonly string[], listen?: readonly string[]): Promise<LiveServer> {
  return LiveServer.start(words, listen === undefined ? {} : { listen });
}

/** What a client gets for `version`: the reply's first word, or "refused". */
async function outcome(port: number, tls: Bun.TLSOptions): Promise<string> {
  const asked = await TextClient.connectTls(port, tls);
  try {
    return (await asked.ask("version")).split(" ")[0] ?? "";
  } catch {
    return asked.hasEnded ? "refused" : "silence";
  } finally {
    asked.hangUp();
  }
}

const NOBODY: Bun.TLSOptions = {};
const as = ({ cert, key }: CertificatePair): Bun.TLSOptions => ({ cert, key });

/** A figure asked over TLS. */
async function figures(port: number, what = ""): Promise<Map<string, string>> {
  const asked = await TextClient.connectTls(port, as(client));
  const lines = await asked.askAll(`stats ${what}`.trim());
  asked.send("quit\r\n");
  await asked.rest();
  return new Map(lines.map((line) => line.split(" ").slice(1) as [string, string]));
}

describe.each([1, 4])("-t %d", (threads) => {
  const many = ["-t", String(threads)];

  testWith("openssl", "openssl s_client talks to it", async () => {
    await using live = await start([...tlsWords(), ...many]);
    const where = `127.0.0.1:${live.port}`;
    const run = Bun.spawn(["openssl", "s_client", "-quiet", "-no_ign_eof", "-connect", where], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "ignore",
    });
    run.stdin.write("set a 0 0 5\r\nhello\r\nget a\r\n");
    await run.stdin.flush();
    let said = "";
    for await (const bytes of run.stdout) {
      said += Buffer.from(bytes).toString("latin1");
      if (said.endsWith("END\r\n")) run.kill();
    }
    expect(said).toBe("STORED\r\nVALUE a 0 5\r\nhello\r\nEND\r\n");
  });

  testWith("openssl", "large values, many commands at once, a slow reader", async () => {
    await using live = await start([...tlsWords(), ...many]);
    const one = await TextClient.connectTls(live.port);
    const value = Array.from({ length: 100_000 }, (_, i) => String(i).padStart(9, "-")).join("");
    expect(await one.ask(`set big 0 0 ${value.length}\r\n${value}`)).toBe("STORED");
    const slow = await TextClient.connectTls(live.port);
    expect(await slow.ask("version")).toStartWith("VERSION");
    slow.pause();
    const gets = 20;
    slow.send("get big\r\nversion\r\n".repeat(gets));
    await until("the server to be stuck", async () => {
      const lines = await one.askAll("stats conns");
      return lines.some((line) => line.endsWith(":state conn_mwrite"));
    });
    slow.resume();
    const head = `VALUE big 0 ${value.length}`;
    for (let i = 0; i < gets; i++) {
      expect(await slow.line()).toBe(head);
      expect((await slow.line()) === value).toBe(true);
      expect(await slow.line()).toBe("END");
      expect(await slow.line()).toStartWith("VERSION");
    }
  });

  testWith("openssl", "a client that says everything and ends gets its replies", async () => {
    await using live = await start([...tlsWords(), ...many]);
    const one = await TextClient.connectTls(live.port);
    one.send("set k 0 0 1\r\n1\r\nget k\r\nquit\r\n");
    expect(await one.rest()).toBe("STORED\r\nVALUE k 0 1\r\n1\r\nEND\r\n");
  });

  testWith("openssl", "who gets in, by ssl_verify_mode and by prefix", async () => {
    const listen = ["-l", "127.0.0.1:-1,mtls:127.0.0.1:-1,btls:127.0.0.1:-1,notls:127.0.0.1:-1"];
    for (const [mode, byMode] of [
      [0, ["VERSION", "VERSION", "VERSION"]],
      [1, ["VERSION", "VERSION", "refused"]],
      [2, ["refused", "VERSION", "refused"]],
      [3, ["refused", "VERSION", "refused"]],
    ] as const) {
      const words = [...withCa(`ssl_verify_mode=${mode}`), ...many, "-p", "-1"];
      await using live = await start(words, listen);
      const ports = live.portLines.map((line) => Number(line.split(" ").at(-1)));
      const asked = async (port = 0): Promise<string[]> => [
        await outcome(port, NOBODY),
        await outcome(port, as(client)),
        await outcome(port, as(rogue)),
      ];
      expect([mode, await asked(ports[0])]).toEqual([mode, [...byMode]]);
      expect(await asked(ports[1])).toEqual(["refused", "VERSION", "refused"]);
      expect(await asked(ports[2])).toEqual(["VERSION", "VERSION", "VERSION"]);
      const plain = await TextClient.connect(ports[3] ?? 0);
      expect(await plain.ask("version")).toStartWith("VERSION");
      const refused = byMode.filter((word) => word === "refused").length + 2;
      await until("the refusals to be counted", async () => {
        const lines = await plain.askAll("stats");
        return lines.includes(`STAT ssl_handshake_errors ${refused}`);
      });
    }
  });

  testWith("openssl", "no byte of a refused client is executed", async () => {
    await using live = await start(
      [...withCa(), ...many],
      ["-p", "-1", "-l", "mtls:127.0.0.1:-1,notls:127.0.0.1:-1"],
    );
    const [mutual = 0, open = 0] = live.portLines.map((line) => Number(line.split(" ").at(-1)));
    for (const tls of [NOBODY, as(rogue)]) {
      for (let i = 0; i < 5; i++) {
        const one = await TextClient.connectTls(mutual, tls);
        one.send("set k 0 0 1\r\n1\r\n");
        expect(await one.rest()).toBe("");
      }
    }
    const plain = await TextClient.connect(open);
    expect(await plain.askAll("get k")).toEqual(["END"]);
    expect(await plain.askAll("stats")).toContain("STAT cmd_set 0");
  });

  testWith("openssl", "without a CA no client certificate is good", async () => {
    await using live = await start([...tlsWords("ssl_verify_mode=2"), ...many]);
    expect(await outcome(live.port, as(client))).toBe("refused");
    expect(await outcome(live.port, as(server))).toBe("refused");
  });

  testWith(
    "openssl",
    "plain text and noise are closed, counted and answered by no text",
    async () => {
      await using live = await start([...tlsWords(), ...many]);
      for (const bytes of ["version\r\nversion\r\n", "GET / HTTP/1.1\r\n\r\n", "\0".repeat(500)]) {
        const one = await TextClient.connect(live.port);
        one.send(bytes);
        expect(await one.rest()).not.toContain("VERSION");
      }
      const stats = await figures(live.port);
      expect(stats.get("ssl_proto_errors")).toBe("3");
      expect(stats.get("ssl_handshake_errors")).toBe("0");
      await until("the others to be gone", async () => {
        return (await figures(live.port)).get("curr_connections") === "1";
      });
    },
  );

  testWith("openssl", "a record changed on its way ends that connection and no other", async () => {
    await using live = await start([...tlsWords(), ...many]);
    const bystander = await TextClient.connectTls(live.port);
    expect(await bystander.ask("version")).toStartWith("VERSION");
    await using proxy = await TamperingProxy.start(live.port);
    const one = await TextClient.connectTls(proxy.port);
    expect(await one.ask("set k 0 0 1\r\n1")).toBe("STORED");
    proxy.tamper();
    one.send("set k 0 0 1\r\n2\r\n");
    expect(await one.rest()).toBe("");
    expect(await bystander.askAll("get k")).toEqual(["VALUE k 0 1", "1", "END"]);
    expect((await figures(live.port)).get("ssl_proto_errors")).toBe("1");
  });

  testWith("openssl", "clients that go away in mid-handshake leave nothing behind", async () => {
    await using live = await start([...tlsWords(), ...many]);
    for (let i = 0; i < 20; i++) {
      const socket = connect(live.port, "127.0.0.1");
      await new Promise((resolve) => socket.once("connect", resolve));
      if (i % 2 === 0) socket.write(Buffer.from("16030100a501", "hex"));
      if (i % 4 < 2) socket.resetAndDestroy();
      else socket.destroy();
    }
    await until("the connections to be gone", async () => {
      return (await figures(live.port)).get("curr_connections") === "1";
    });
  });

  testWith("openssl", "a client over the limit is told so, before any handshake", async () => {
    await using live = await start([...tlsWords(), ...many, "-c", "2"]);
    const held = await Promise.all([1, 2].map(() => TextClient.connectTls(live.port)));
    for (const one of held) expect(await one.ask("version")).toStartWith("VERSION");
    const third = await TextClient.connect(live.port);
    expect(await third.rest()).toBe("ERROR Too many open connections\r\n");
  });

  testWith("openssl", "a client that waits for room shakes hands when there is some", async () => {
    const words = ["-c", "2", "-o", "no_maxconns_fast"];
    await using live = await start([...tlsWords(), ...many, ...words]);
    const clients = await Promise.all(
      [1, 2, 3, 4].map(async () => {
        const client = await TextClient.connectTls(live.port);
        client.send("version\r\n");
        return client;
      }),
    );
    const served = (): TextClient[] => clients.filter(({ arrivedLength }) => arrivedLength > 0);
    for (const count of [2, 3, 4]) {
      await until(`${count} to be served`, () => served().length === count);
      served()
        .find(({ hasEnded }) => !hasEnded)
        ?.hangUp();
    }
    for (const client of clients) expect(await client.line()).toStartWith("VERSION");
  });
});

/** Whether openssl's client gets through the handshake. */
async function shakesHands(port: number, flag: string): Promise<boolean> {
  const words = ["s_client", "-connect", `127.0.0.1:${port}`, flag, "-cipher", "ALL:@SECLEVEL=0"];
  const run = Bun.spawn(["openssl", ...words], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  });
  return (await run.exited) === 0;
}

testWith("openssl", "ssl_min_version and ssl_ciphers hold", async () => {
  await using strict = await start(tlsWords("ssl_min_version=3"));
  expect(await shakesHands(strict.port, "-tls1_3")).toBe(true);
  expect(await shakesHands(strict.port, "-tls1_2")).toBe(false);
  await using usual = await start(tlsWords("ssl_ciphers=ECDHE-ECDSA-AES256-GCM-SHA384"));
  expect(await shakesHands(usual.port, "-tls1_2")).toBe(true);
  expect(await shakesHands(usual.port, "-tls1_1")).toBe(false);
  const weak = ["s_client", "-connect", `127.0.0.1:${usual.port}`, "-tls1_2"];
  const run = Bun.spawn(["openssl", ...weak, "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  });
  expect(await run.exited).not.toBe(0);
  await using old = await start(tlsWords("ssl_min_version=0"));
  expect(await shakesHands(old.port, "-tls1_2")).toBe(true);
});

testWith("openssl", "stats settings tell what was asked", async () => {
  const words = withCa("ssl_verify_mode=2,ssl_wbuf_size=32,ssl_session_cache,ssl_min_version=3");
  await using live = await start(words);
  const settings = await figures(live.port, "settings");
  const shown = [...settings].filter(([name]) => name?.startsWith("ssl_"));
  expect(Object.fromEntries(shown)).toEqual({
    ssl_enabled: "yes",
    ssl_chain_cert: server.certFile,
    ssl_key: server.keyFile,
    ssl_verify_mode: "3",
    ssl_keyformat: "1",
    ssl_ciphers: "NULL",
    ssl_ca_cert: made?.ca.certFile ?? "",
    ssl_wbuf_size: "32768",
    ssl_session_cache: "yes",
    ssl_kernel_tls: "no",
    ssl_min_version: "tlsv1.3",
  });
  const names = [...settings.keys()];
  expect(names.indexOf("num_napi_ids")).toBe(names.indexOf("ssl_min_version") + 1);
  const stats = await figures(live.port);
  expect(stats.get("ssl_new_sessions")).toBe("2");
  expect(stats.get("ssl_handshake_errors")).toBe("0");
  expect(Number(stats.get("time_since_server_cert_refresh"))).toBeLessThan(5);
});

/** Whether openssl's client, saving its session or showing a saved one, resumed it. */
async function resumes(port: number, flag: string, file: string): Promise<boolean> {
  const words = ["s_client", "-connect", `127.0.0.1:${port}`, "-tls1_2", flag, file];
  const { certFile, keyFile } = client;
  const run = Bun.spawn(["openssl", ...words, "-cert", certFile, "-key", keyFile], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
  });
  return /^Reused/m.test(await new Response(run.stdout).text());
}

testWith(
  "openssl",
  "ssl_session_cache counts; a resumed session is still a known client",
  async () => {
    await using live = await start([...withCa("ssl_session_cache,ssl_verify_mode=2"), "-t", "1"]);
    const file = made?.path("session") ?? "";
    expect(await resumes(live.port, "-sess_out", file)).toBe(false);
    expect(await resumes(live.port, "-sess_in", file)).toBe(true);
    expect(await resumes(live.port, "-sess_in", file)).toBe(true);
    const stats = await figures(live.port);
    expect(stats.get("ssl_new_sessions")).toBe("2");
    expect(stats.get("ssl_handshake_errors")).toBe("0");
  },
);

testWith("openssl", "a DER key is read with ssl_keyformat=2", async () => {
  const der = made?.path("server.der") ?? "";
  made?.openssl("pkey", "-in", server.keyFile, "-outform", "DER", "-out", der);
  const files = `ssl_chain_cert=${server.certFile},ssl_key=${der},ssl_keyformat=2`;
  await using live = await start(["-Z", "-o", files]);
  expect(await outcome(live.port, NOBODY)).toBe("VERSION");
});

testWith("openssl", "a start that cannot be is refused with memcached's words", async () => {
  const { certFile, keyFile } = server;
  const none = "/nonexistent/file";
  const cases: [string, string][] = [
    ["", "Error loading the certificate chain: (null) : Bad address"],
    [
      `ssl_chain_cert=${none}`,
      `Error loading the certificate chain: ${none} : No such file or directory`,
    ],
    [
      `ssl_chain_cert=${keyFile},ssl_key=${keyFile}`,
      `Error loading the certificate chain: ${keyFile} : no start line`,
    ],
    [`ssl_chain_cert=${certFile}`, "Error loading the key: (null) : Bad address"],
    [
      `ssl_chain_cert=${certFile},ssl_key=${none}`,
      `Error loading the key: ${none} : No such file or directory`,
    ],
    [
      `ssl_chain_cert=${certFile},ssl_key=${rogue.keyFile}`,
      `Error loading the key: ${rogue.keyFile} : key values mismatch`,
    ],
    [
      `ssl_chain_cert=${certFile},ssl_key=${keyFile},ssl_keyformat=7`,
      `Error loading the key: ${keyFile} : bad ssl filetype`,
    ],
    [
      `ssl_chain_cert=${certFile},ssl_key=${keyFile},ssl_ca_cert=${none}`,
      `Error loading the CA certificate: ${none} : No such file or directory`,
    ],
    [
      `ssl_chain_cert=${certFile},ssl_key=${keyFile},ssl_ca_cert=${keyFile}`,
      `Error loading the CA certificate: ${keyFile} : no start line`,
    ],
    [
      `ssl_chain_cert=${certFile},ssl_key=${keyFile},ssl_ciphers=foo`,
      "Error setting the provided cipher(s): foo",
    ],
  ];
  for (const [suboptions, text] of cases) {
    const words = suboptions === "" ? ["-Z"] : ["-Z", "-o", suboptions];
    await using refused = LiveServer.launch(words);
    expect([suboptions, await refused.ended(), refused.errors]).toEqual([
      suboptions,
      64,
      `${text}\n`,
    ]);
  }
});

testWith("openssl", "a Unix socket stays plain with -Z", async () => {
  const path = made?.path("socket") ?? "";
  await using _live = LiveServer.launch(tlsWords(), { listen: ["-s", path] });
  let one: TextClient | null = null;
  await until("the socket", async () => {
    one = await TextClient.connectPath(path).catch(() => null);
    return one !== null;
  });
  expect(await (one as TextClient | null)?.ask("version")).toStartWith("VERSION");
});
