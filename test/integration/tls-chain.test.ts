/**
 * Goal: a certificate that an intermediate authority has signed is served with its chain, so that a
 * client who knows the root alone trusts it; another authority for clients is taken in while the
 * server runs; and binary clients are served over TLS as text ones.
 * Method: certificates made for the test, clients that verify what they are shown.
 */
import { expect } from "bun:test";
import { connect, type TLSSocket } from "node:tls";
import { writeFileSync } from "node:fs";
import { type CertificatePair, Certificates } from "../support/certificates.ts";
import { answer, requestPacket } from "../support/binary-packets.ts";
import { hasPeer, testWith } from "../support/peers.ts";
import { LiveServer } from "../support/live-server.ts";
import { latin1 } from "../support/bytes.ts";

const made = hasPeer("openssl") ? new Certificates() : null;

/** Certificates of tests name no host. */
const checkServerIdentity = (): undefined => undefined;

/** What comes back for these bytes, up to `length`, or the code of the error that ended it. */
function asked(
  port: number,
  ca: string,
  bytes: Uint8Array,
  length: number,
  own: Pick<CertificatePair, "cert" | "key"> | null = null,
): Promise<string> {
  return new Promise((resolve) => {
    const options = { host: "127.0.0.1", port, ca, checkServerIdentity, ...own };
    let said = "";
    const socket: TLSSocket = connect(options, () => void socket.write(bytes));
    socket.on("data", (chunk: Buffer) => {
      said += chunk.toString("latin1");
      if (said.length < length) return;
      socket.destroy();
      resolve(said);
    });
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.on("close", () => resolve(said));
  });
}

/** A server with the certificate of `leaf` in a file that holds these, one behind another. */
async function serve(name: string, certs: readonly string[], keyFile: string): Promise<LiveServer> {
  const chain = made?.path(`${name}.pem`) ?? "";
  writeFileSync(chain, certs.join(""));
  return await LiveServer.start(["-Z", "-o", `ssl_chain_cert=${chain},ssl_key=${keyFile}`]);
}

const VERSION = latin1("version\r\n");
const SAID = "VERSION 1.6.45\r\n";

testWith(
  "openssl",
  "a client that knows the root trusts the whole chain, and no less",
  async () => {
    if (made === null) return;
    const between = made.authority("between");
    const leaf = made.issue("leaf", between);
    await using whole = await serve("whole", [leaf.cert, between.cert], leaf.keyFile);
    expect(await asked(whole.port, made.ca.cert, VERSION, SAID.length)).toBe(SAID);
    expect(await asked(whole.port, made.selfSigned("other").cert, VERSION, 1)).toMatch(
      /^(UNABLE_TO|SELF_SIGNED)/,
    );
    await using cut = await serve("cut", [leaf.cert], leaf.keyFile);
    expect(await asked(cut.port, made.ca.cert, VERSION, 1)).toMatch(/^UNABLE_TO/);
  },
);

testWith("openssl", "refresh_certs takes in whom else clients may be signed by", async () => {
  if (made === null) return;
  const another = made.selfSigned("another-ca");
  const [server, ours] = [made.issue("mutual"), made.issue("ours")];
  const theirs = made.issue("theirs", another);
  const authorities = made.path("authorities.pem");
  writeFileSync(authorities, made.ca.cert);
  const files = `ssl_chain_cert=${server.certFile},ssl_key=${server.keyFile}`;
  const mutual = `ssl_ca_cert=${authorities},ssl_verify_mode=2`;
  await using live = await LiveServer.start(["-Z", "-o", `${files},${mutual}`]);
  const outcomes = (): Promise<string[]> =>
    Promise.all(
      [ours, theirs].map((own) =>
        asked(live.port, made.ca.cert, VERSION, SAID.length, { cert: own.cert, key: own.key }),
      ),
    );
  const [own, other] = await outcomes();
  expect(own).toBe(SAID);
  expect(other).not.toContain("VERSION");
  writeFileSync(authorities, made.ca.cert + another.cert);
  const ok = await asked(live.port, made.ca.cert, latin1("refresh_certs\r\n"), 4, ours);
  expect(ok).toBe("OK\r\n");
  expect(await outcomes()).toEqual([SAID, SAID]);
});

testWith("openssl", "packets of the binary protocol go over TLS", async () => {
  if (made === null) return;
  const leaf = made.issue("binary");
  await using live = await serve("binary-chain", [leaf.cert], leaf.keyFile);
  const noop = answer("Noop");
  expect(await asked(live.port, made.ca.cert, requestPacket("Noop"), noop.length)).toBe(noop);
});
