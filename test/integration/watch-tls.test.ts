/**
 * Goal: connevents tells of TLS clients as of any other, and of those whose TLS fails; a watcher
 * may come over TLS itself.
 * Method: real servers with certificates made for the test, a client that speaks no TLS.
 */
import { describe, expect } from "bun:test";
import { type CertificatePair, Certificates } from "../support/certificates.ts";
import { LiveServer } from "../support/live-server.ts";
import { LogWatcher } from "../support/log-watcher.ts";
import { TextClient } from "../support/text-client.ts";
import { hasPeer, testWith } from "../support/peers.ts";

const made = hasPeer("openssl") ? new Certificates() : null;
const pair = made?.issue("server") as CertificatePair;

describe.each([1, 4])("-t %d", (threads) => {
  testWith("openssl", "a watcher over TLS sees TLS clients, and one that is none", async () => {
    const files = `ssl_chain_cert=${pair.certFile},ssl_key=${pair.keyFile}`;
    await using server = await LiveServer.start(["-Z", "-o", files, "-t", String(threads)]);
    const watcher = await LogWatcher.over(
      await TextClient.connectTls(server.port),
      "connevents fetchers",
    );
    const good = await TextClient.connectTls(server.port);
    expect(await good.ask("mg nothing v")).toBe("EN");
    good.send("quit\r\n");
    const peer = "rip=127.0.0.1 rport=* transport=tcp";
    expect(await watcher.take(3)).toEqual([
      `type=conn_new ${peer} cfd=*`,
      "type=item_get key=nothing status=not_found clsid=0 cfd=* size=0",
      `type=conn_close ${peer} reason=normal cfd=*`,
    ]);
    const plain = await server.connect();
    plain.send("version\r\n");
    const lines = await watcher.take(3);
    expect(lines).toEqual([
      `type=conn_new ${peer} cfd=*`,
      expect.stringMatching(/^type=conntlserr fd=\* msg=.*WRONG_VERSION_NUMBER/),
      `type=conn_close ${peer} reason=error cfd=*`,
    ]);
    const { client } = watcher;
    client.send("quit\r\n".repeat(1000));
    const again = await TextClient.connectTls(server.port);
    expect(await again.ask("mg again v")).toBe("EN");
    expect((await watcher.take(2)).at(-1)).toContain("key=again ");
  });
});
