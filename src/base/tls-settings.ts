/**
 * The settings of TLS: `-Z`, the `ssl_` sub-options, and the prefixes of `-l`.
 *
 * Part of Settings. Names follow `stats settings`; paths are as given, files are read by
 * `server/tls/certificates.ts`.
 */

/** How an entry of `-l` differs from what `-Z` says: `notls:`, `btls:`, `mtls:`. */
export type ListenerTls = "plain" | "unverified" | "mutual";

export interface TlsSettings {
  /** `-Z`. */
  enabled: boolean;
  /** `-o ssl_chain_cert`. */
  chainCert: string | null;
  /** `-o ssl_key`. */
  key: string | null;
  /** `-o ssl_verify_mode`: client certificates are 0 not asked for, 1 asked for, 2 and 3 needed. */
  verifyMode: number;
  /** `-o ssl_keyformat`: 1 = PEM, 2 = DER. */
  keyFormat: number;
  /** `-o ssl_ciphers`. */
  ciphers: string | null;
  /** `-o ssl_ca_cert`: who may have signed a client's certificate. */
  caCert: string | null;
  /** `-o ssl_wbuf_size` in bytes. */
  outputBufferSize: number;
  /** `-o ssl_session_cache`. */
  sessionCache: boolean;
  /** `-o ssl_min_version`: TLS 1.0 … 1.3 as 0 … 3. */
  minVersion: number;
}

export function defaultTlsSettings(): TlsSettings {
  return {
    enabled: false,
    chainCert: null,
    key: null,
    verifyMode: 0,
    keyFormat: 1,
    ciphers: null,
    caCert: null,
    outputBufferSize: 16 * 1024,
    sessionCache: false,
    minVersion: 2,
  };
}
