/**
 * The `ssl_` sub-options of `-o`. They are judged and kept also without `-Z`, as in memcached.
 */

import { type Rows, fail, need, needInteger, needUnsigned } from "./suboption-values.ts";

const KIBIBYTE = 1024;
const MODE_MAX = 3;
const VERSION_MAX = 3;

/** A small number that stands for something. */
function needChoice(name: string, value: string | null, max: number): number {
  const choice = needInteger(name, value);
  if (choice >= 0 && choice <= max) return choice;
  return fail(`Invalid ${name}. Use help to see valid options.`);
}

export const TLS_ROWS: Rows = [
  [
    "ssl_chain_cert",
    ({ settings }, value) => void (settings.tls.chainCert = need("ssl_chain_cert", value)),
  ],
  ["ssl_key", ({ settings }, value) => void (settings.tls.key = need("ssl_key", value))],
  [
    "ssl_verify_mode",
    ({ settings }, value) =>
      void (settings.tls.verifyMode = needChoice("ssl_verify_mode", value, MODE_MAX)),
  ],
  [
    "ssl_keyformat",
    ({ settings }, value) => void (settings.tls.keyFormat = needInteger("ssl_keyformat", value)),
  ],
  [
    "ssl_ciphers",
    ({ settings }, value) => void (settings.tls.ciphers = need("ssl_ciphers", value)),
  ],
  ["ssl_ca_cert", ({ settings }, value) => void (settings.tls.caCert = need("ssl_ca_cert", value))],
  [
    "ssl_wbuf_size",
    ({ settings }, value) =>
      void (settings.tls.outputBufferSize = needUnsigned("ssl_wbuf_size", value) * KIBIBYTE),
  ],
  ["ssl_session_cache", ({ settings }) => void (settings.tls.sessionCache = true)],
  ["ssl_kernel_tls", () => fail("Kernel TLS offload is not available")],
  [
    "ssl_min_version",
    ({ settings }, value) =>
      void (settings.tls.minVersion = needChoice("ssl_min_version", value, VERSION_MAX)),
  ],
];
