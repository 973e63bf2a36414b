/**
 * Certificate chain, key and CA: read from their files, checked, and shared with all threads.
 *
 * At start, by `refresh_certs` and by SIGHUP. What does not fit together is never published, so a
 * thread that finds new certificates can use them; connections that are open keep what they have.
 * Texts begin as memcached's do; the reason at their end is the system's or BoringSSL's.
 */
import { X509Certificate, createPrivateKey, type KeyObject } from "node:crypto";
import { createSecureContext } from "node:tls";
import { readFileSync } from "node:fs";
import type { SharedText } from "../../base/shared-text.ts";
import type { TlsSettings } from "../../base/tls-settings.ts";
import { errorText } from "../process/error-text.ts";

/** In PEM. */
export interface Certificates {
  readonly cert: string;
  readonly key: string;
  readonly ca: string | null;
}

/** How to read a file that was given as such, or why not. */
type Loaded<T> = { readonly value: T } | { readonly error: string };

/** `ssl_keyformat`: OpenSSL's numbers of file types. */
const PEM = 1;
const DER = 2;

/** Why OpenSSL cannot read a file without a name. */
const NO_NAME = "Bad address";

/** BoringSSL's `error:…:OPENSSL_internal:NO_START_LINE`, as OpenSSL would word it. */
function reasonOf(error: unknown): string {
  const text = errorText(error);
  const isPlain = error instanceof Error && error.message.startsWith("error:");
  const message = isPlain ? error.message : text;
  return (message.split(":").at(-1) ?? message).toLowerCase().replaceAll("_", " ");
}

function readFile(path: string | null): Loaded<Buffer> {
  if (path === null) return { error: NO_NAME };
  try {
    return { value: readFileSync(path) };
  } catch (error) {
    return { error: errorText(error) };
  }
}

function attempt<T>(make: () => T): Loaded<T> {
  try {
    return { value: make() };
  } catch (error) {
    return { error: reasonOf(error) };
  }
}

function parseKey(bytes: Buffer, format: number): Loaded<KeyObject> {
  if (format === PEM) return attempt(() => createPrivateKey(bytes));
  if (format !== DER) return { error: "bad ssl filetype" };
  const types = ["pkcs8", "pkcs1", "sec1"] as const;
  const tries = types.map((type) =>
    attempt(() => createPrivateKey({ key: bytes, format: "der", type })),
  );
  return tries.find((tried) => "value" in tried) ?? (tries[0] as Loaded<KeyObject>);
}

function loadChain(path: string | null): Loaded<{ pem: string; first: X509Certificate }> {
  const file = readFile(path);
  if ("error" in file) return file;
  return attempt(() => ({
    pem: file.value.toString("latin1"),
    first: new X509Certificate(file.value),
  }));
}

function loadKey(path: string | null, format: number, first: X509Certificate): Loaded<string> {
  const file = readFile(path);
  if ("error" in file) return file;
  const parsed = parseKey(file.value, format);
  if ("error" in parsed) return parsed;
  if (!first.checkPrivateKey(parsed.value)) return { error: "key values mismatch" };
  return { value: parsed.value.export({ type: "pkcs8", format: "pem" }).toString() };
}

function loadCa(path: string): Loaded<string> {
  const file = readFile(path);
  if ("error" in file) return file;
  const pem = file.value.toString("latin1");
  // Each certificate is looked at: a bundle with a broken one is no bundle.
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g);
  if (found === null) return { error: "no start line" };
  return attempt(() => {
    for (const one of found) new X509Certificate(one).toString();
    createSecureContext({ ca: pem });
    return pem;
  });
}

/** The certificates, or the text of what is wrong with them. */
export function loadCertificates(settings: TlsSettings): Certificates | string {
  const { chainCert, key: keyPath, keyFormat, caCert, ciphers } = settings;
  const chain = loadChain(chainCert);
  if ("error" in chain) {
    return `Error loading the certificate chain: ${chainCert ?? "(null)"} : ${chain.error}`;
  }
  const { pem: cert, first } = chain.value;
  const key = loadKey(keyPath, keyFormat, first);
  if ("error" in key) return `Error loading the key: ${keyPath ?? "(null)"} : ${key.error}`;
  const whole = attempt(() => createSecureContext({ cert, key: key.value }));
  if ("error" in whole) return `Error validating the certificate: ${whole.error}`;
  const ca = caCert === null ? { value: null } : loadCa(caCert);
  if ("error" in ca) return `Error loading the CA certificate: ${caCert} : ${ca.error}`;
  if (ciphers !== null && "error" in attempt(() => createSecureContext({ ciphers }))) {
    return `Error setting the provided cipher(s): ${ciphers}`;
  }
  return { cert, key: key.value, ca: ca.value };
}

/** Lets all threads use them from now on; the text of what is wrong, or null. */
export function publishCertificates(
  certificates: Certificates,
  shared: SharedText,
  now: number,
): string | null {
  if (shared.publish(JSON.stringify(certificates), now)) return null;
  return "Error loading the certificate chain: the files are too large";
}

/** Reads the files anew. The text of what is wrong, or null; what is in use stays then. */
export function refreshCertificates(
  settings: TlsSettings,
  shared: SharedText,
  now: number,
): string | null {
  if (!settings.enabled) return "Error TLS not enabled";
  const loaded = loadCertificates(settings);
  if (typeof loaded === "string") return loaded;
  return publishCertificates(loaded, shared, now);
}

/** What was published last. */
export function sharedCertificates(text: string): Certificates {
  return JSON.parse(text) as Certificates;
}
