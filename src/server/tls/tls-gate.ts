/**
 * The TLS side of one thread's sockets: an accepted socket goes in, one that speaks TLS comes out.
 *
 *     listener ─▶ accepted socket ─▶ upgrade ─▶ handshake ─▶ data, drain, end, close
 *
 * Listeners are plain ones. Each accepted socket is turned into a TLS socket with the certificates
 * that are in force at that moment, so new certificates need no new listener and no connection is
 * lost: one look at the version that all threads share tells whether there are any.
 *
 * Invariant: no byte of a client reaches its connection before the handshake is done and its
 * certificate, where one is asked for, is found good.
 */
import { createSecureContext, type SecureVersion } from "node:tls";
import type { ListenerTls } from "../../base/tls-settings.ts";
import { HostCounter, type HostCounters } from "../../base/host-counters.ts";
import type { ClientSocket } from "../socket-transport.ts";
import type { Connection } from "../../connection/connection.ts";
import type { EventLog } from "../../core/event-log.ts";
import type { LogWriter } from "../../base/log.ts";
import type { Settings } from "../../base/settings.ts";
import type { SharedText } from "../../base/shared-text.ts";
import type { SocketHandler } from "bun";
import { sharedCertificates } from "./certificates.ts";

/** What a listener asks of its clients: by `ssl_verify_mode`, or as its prefix says. */
export type TlsMode = Exclude<ListenerTls, "plain"> | "default";

/** A client's certificate: none, one if it likes, one in any case. */
type Verify = "none" | "request" | "require";

const VERIFY_MODES: readonly Verify[] = ["none", "request", "require", "require"];
const VERSIONS: readonly SecureVersion[] = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];

/** What BoringSSL says when the first bytes are no TLS at all. */
const NOT_TLS = /:(WRONG_VERSION_NUMBER|HTTP_REQUEST|HTTPS_PROXY_REQUEST|UNEXPECTED_MESSAGE)$/;

type Handlers = SocketHandler<Connection | null>;

export interface TlsGateOptions {
  readonly settings: Settings;
  readonly certificates: SharedText;
  readonly counters: HostCounters;
  readonly events: EventLog;
  /** What is to happen once a socket speaks TLS. */
  readonly handlers: Handlers;
  /** A handler threw: our mistake. */
  readonly onFailure: (error: unknown) => void;
  readonly log: LogWriter;
}

export class TlsGate {
  readonly #options: TlsGateOptions;
  readonly #handlers: Readonly<Record<Verify, Handlers>>;
  /** Options of upgradeTLS, by what is asked of the client. */
  #contexts: Partial<Record<Verify, object>> = {};
  #version = 0;
  #hasCa = false;

  constructor(options: TlsGateOptions) {
    this.#options = options;
    const { data, drain, end, close } = options.handlers;
    const guarded = this.#guarded.bind(this);
    const handlersFor = (verify: Verify): Handlers => ({
      binaryType: "uint8array",
      data: guarded(data),
      drain: guarded(drain),
      end: guarded(end),
      close: guarded(close),
      handshake: guarded<[boolean, Error | null]>((socket, isDone, error) =>
        this.#shaken(socket, verify, isDone, error),
      ),
      error: guarded<[Error]>((socket, error) => this.#broken(socket, error)),
    });
    this.#handlers = {
      none: handlersFor("none"),
      request: handlersFor("request"),
      require: handlersFor("require"),
    };
  }

  /**
   * A record that cannot be deciphered comes to the error handler, as everything does that another
   * handler throws. So that the one, a client's doing, is not taken for the other, ours, nothing is
   * thrown out of a handler.
   */
  #guarded<Rest extends unknown[]>(
    handler: ((socket: ClientSocket, ...rest: Rest) => unknown) | undefined,
  ): (socket: ClientSocket, ...rest: Rest) => void {
    const { onFailure } = this.#options;
    return (socket, ...rest) => {
      try {
        handler?.(socket, ...rest);
      } catch (error) {
        onFailure(error);
      }
    };
  }

  /** The TLS socket over `socket`, or null when that has ended already. */
  upgrade(socket: ClientSocket, mode: TlsMode): ClientSocket | null {
    const verify = this.#verify(mode);
    // A server's end, and a context that is made once, are known to the runtime, not to its types.
    const pair = socket.upgradeTLS<Connection | null>({
      tls: this.#context(verify),
      isServer: true,
      data: null,
      socket: this.#handlers[verify],
    } as never) as readonly ClientSocket[] | undefined;
    return pair?.[1] ?? null;
  }

  #verify(mode: TlsMode): Verify {
    if (mode === "unverified") return "none";
    if (mode === "mutual") return "require";
    return VERIFY_MODES[this.#options.settings.tls.verifyMode] ?? "require";
  }

  /** Made once for each set of certificates. */
  #context(verify: Verify): object {
    const { certificates } = this.#options;
    if (certificates.version !== this.#version) this.#contexts = {};
    return (this.#contexts[verify] ??= this.#makeContext(verify));
  }

  #makeContext(verify: Verify): object {
    const { certificates } = this.#options;
    const { minVersion, ciphers } = this.#options.settings.tls;
    const { text, version } = certificates.read();
    const { cert, key, ca } = sharedCertificates(text);
    this.#version = version;
    this.#hasCa = ca !== null;
    const asks = { requestCert: verify !== "none", rejectUnauthorized: verify === "require" };
    const secure = createSecureContext({
      cert,
      key,
      minVersion: VERSIONS[minVersion] ?? "TLSv1.2",
      ...(ciphers === null ? {} : { ciphers }),
      ...(ca === null ? {} : { ca }),
      sessionIdContext: "memcached",
      ...asks,
    });
    return { secureContext: secure.context, isServer: true, ...asks };
  }

  #shaken(socket: ClientSocket, verify: Verify, isDone: boolean, error: Error | null): void {
    const { counters, settings } = this.#options;
    if (!isDone) this.#failed(socket, error);
    else if (verify !== "none" && !this.#isTrusted(socket, verify)) this.#refuse(socket, error);
    else if (settings.tls.sessionCache && !socket.isSessionReused()) {
      counters.add(HostCounter.SSL_NEW_SESSIONS, 1);
    }
  }

  /** Without a CA nobody's certificate is good; Bun would take the public ones. */
  #isTrusted(socket: ClientSocket, verify: Verify): boolean {
    if (verify === "request" && !hasCertificate(socket)) return true;
    return socket.authorized && this.#hasCa;
  }

  /** The runtime closes the socket. */
  #failed(socket: ClientSocket, error: Error | null): void {
    // A client that went away in mid-handshake made no mistake.
    if (errorCode(error) !== "EPROTO") return;
    const isTls = !NOT_TLS.test(error?.message ?? "");
    const which = isTls ? HostCounter.SSL_HANDSHAKE_ERRORS : HostCounter.SSL_PROTO_ERRORS;
    this.#options.counters.add(which, 1);
    this.#tell(socket, error);
  }

  /** After the handshake: what came is no TLS of this connection. */
  #broken(socket: ClientSocket, error: Error): void {
    this.#options.counters.add(HostCounter.SSL_PROTO_ERRORS, 1);
    this.#tell(socket, error);
    drop(socket);
  }

  #refuse(socket: ClientSocket, error: Error | null): void {
    this.#options.counters.add(HostCounter.SSL_HANDSHAKE_ERRORS, 1);
    this.#tell(socket, error);
    drop(socket);
  }

  #tell(socket: ClientSocket, error: Error | null): void {
    const { settings, log, events } = this.#options;
    events.tlsFailed(socket.data?.id ?? socket.fd, error?.message ?? "no reason");
    if (settings.verbosity === 0) return;
    log(`${socket.fd}: TLS failed: ${error?.message ?? "no reason"}\n`);
  }
}

/** Ends the connection; what still comes is read by nobody. */
function drop(socket: ClientSocket): void {
  const connection = socket.data;
  socket.data = null;
  connection?.gone();
}

function errorCode(error: Error | null): string {
  return error === null ? "" : String((error as NodeJS.ErrnoException).code);
}

function hasCertificate(socket: ClientSocket): boolean {
  const certificate: object | null = socket.getPeerCertificate() ?? null;
  return certificate !== null && Object.keys(certificate).length > 0;
}
