/**
 * Certificates for tests, made with openssl: a CA, what it signed, and what it did not.
 *
 *     const made = makeCertificates();      // a folder, removed at exit
 *     made.path("ca.crt"), made.issue("server-b"), made.selfSigned("rogue")
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpdir } from "node:os";

const CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** Of a certificate and its key, in PEM. */
export interface CertificatePair {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

export class Certificates {
  readonly folder = mkdtempSync(join(tmpdir(), "wasmcached-tls-"));
  readonly ca: CertificatePair;

  constructor() {
    process.on("exit", () => rmSync(this.folder, { recursive: true, force: true }));
    this.ca = this.selfSigned("ca");
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Signed by itself; its common name is `name`. */
  selfSigned(name: string): CertificatePair {
    this.openssl(
      "req",
      "-x509",
      ...CURVE,
      "-days",
      "30",
      "-subj",
      `/CN=${name}`,
      ...this.#out(name),
    );
    return this.#pair(name);
  }

  /** Signed by the CA, or by an authority that it has signed. */
  issue(name: string, signer: CertificatePair = this.ca): CertificatePair {
    return this.#sign(name, signer, []);
  }

  /** Signed by the CA, and may sign others. */
  authority(name: string): CertificatePair {
    const extensions = this.path(`${name}.ext`);
    writeFileSync(extensions, "basicConstraints=critical,CA:TRUE\n");
    return this.#sign(name, this.ca, ["-extfile", extensions]);
  }

  #sign(name: string, signer: CertificatePair, more: readonly string[]): CertificatePair {
    const request = this.path(`${name}.csr`);
    this.openssl(
      "req",
      ...CURVE,
      "-subj",
      `/CN=${name}`,
      "-keyout",
      this.path(`${name}.key`),
      "-out",
      request,
    );
    const { certFile, keyFile } = signer;
    this.openssl(
      "x509",
      "-req",
      "-in",
      request,
      "-CA",
      certFile,
      "-CAkey",
      keyFile,
      "-CAcreateserial",
      ...more,
      "-days",
      "30",
      "-out",
      this.path(`${name}.crt`),
    );
    return this.#pair(name);
  }

  #out(name: string): string[] {
    return ["-keyout", this.path(`${name}.key`), "-out", this.path(`${name}.crt`)];
  }

  #pair(name: string): CertificatePair {
    const certFile = this.path(`${name}.crt`);
    const keyFile = this.path(`${name}.key`);
    const [cert, key] = [certFile, keyFile].map((file) => readFileSync(file, "utf8"));
    return { certFile, keyFile, cert: cert ?? "", key: key ?? "" };
  }

  /** Runs openssl; throws what it says when it fails. */
  openssl(...words: string[]): void {
    const run = Bun.spawnSync(["openssl", ...words], { stdin: "ignore", stderr: "pipe" });
    if (run.exitCode !== 0) throw new Error(`openssl ${words.join(" ")}: ${String(run.stderr)}`);
  }
}
