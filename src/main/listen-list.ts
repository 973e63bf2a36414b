/**
 * The grammar of `-l`: a list of addresses to listen on.
 *
 * Called by `options.ts` with the joined text of all `-l`. Pure: no name is looked up here. Entries
 * are divided by `,` or `;`, and each is
 *
 *   [notls:|btls:|mtls:] [proto[NAME]:] [tag[NAME]:|tag_NAME_:] HOST [:PORT]
 *
 * with the prefixes in that order. HOST is a name, an IPv4 address, `*`, or an IPv6 address, bare
 * (two colons or more, then without port) or in brackets. Tags are for memcached's proxy: checked,
 * dropped. A protocol in front goes before the one of `-B`, but authentication has the last word:
 * that of `-Y` is a matter of text, that of `-S` one of binary.
 */

import type { BindingProtocol, ListenAddress } from "../base/settings.ts";
import type { ListenerTls } from "../base/tls-settings.ts";
import { EX_OSERR, EX_USAGE, StartError } from "../base/start-error.ts";
import { strictInteger } from "./number-text.ts";
import { unsupported } from "./option-draft.ts";

const PORT_MAX = 65535;
const TAG_BYTES_MAX = 8;

const TLS_PREFIXES: Readonly<Record<string, ListenerTls>> = {
  notls: "plain",
  btls: "unverified",
  mtls: "mutual",
};

/** In the order memcached compares: the first one the name is a beginning of. */
const PROTOCOLS = ["ascii", "binary", "negotiating", "proxy"] as const;

/** What other options say about all listeners. */
export interface ListenRules {
  readonly isTlsEnabled: boolean;
  /** `-Y` */
  readonly hasAuthFile: boolean;
  /** `-S` */
  readonly hasSasl: boolean;
  readonly warn: (line: string) => void;
}

/** Throws a StartError whose text ends with the whole list, as memcached's does. */
export function parseListenList(text: string, rules: ListenRules): ListenAddress[] {
  const entries = text.split(/[,;]/).filter((entry) => entry !== "");
  const fail: Fail = (reason) => {
    const summary = `failed to listen on one of interface(s) ${text}: Success`;
    throw new StartError(EX_OSERR, `${reason}\n${summary}`);
  };
  if (entries.length === 0) fail("No address to listen on given");
  return entries.map((entry) => parseEntry(entry, rules, fail));
}

type Fail = (reason: string) => never;

function parseEntry(entry: string, rules: ListenRules, fail: Fail): ListenAddress {
  const prefix = /^(notls|btls|mtls):/.exec(entry)?.[1];
  if (prefix === undefined) return parseNamed(entry, rules, fail);
  // For `mtls` memcached's message has a slip; it is kept.
  const name = prefix === "mtls" ? "otls" : prefix;
  if (!rules.isTlsEnabled) fail(`'${name}' option is valid only when SSL is enabled`);
  const rest = parseNamed(entry.slice(prefix.length + 1), rules, fail);
  return { ...rest, tls: TLS_PREFIXES[prefix] as ListenerTls };
}

/** What may stand behind a TLS prefix. */
function parseNamed(entry: string, rules: ListenRules, fail: Fail): ListenAddress {
  if (!entry.startsWith("proto[")) return parseAddress(skipTag(entry, fail), fail);
  const spec = entry.slice("proto".length);
  const end = spec.indexOf("]");
  if (end < 0) fail(`Invalid protocol spec: "${spec}"`);
  const protocol = parseProtocol(spec.slice(1, end), rules, fail);
  if (protocol === null) fail(`Invalid protocol spec: "${spec}"`);
  // One character after the bracket is the colon, whatever it is.
  return { ...parseAddress(skipTag(spec.slice(end + 2), fail), fail), protocol };
}

/** Null if there is none of that name. */
function parseProtocol(name: string, rules: ListenRules, fail: Fail): BindingProtocol | null {
  const protocol = PROTOCOLS.find((candidate) => candidate.startsWith(name));
  if (protocol === undefined) return null;
  if (protocol === "proxy") throw unsupported(`-l proto[${protocol}]`);
  if (protocol !== "binary" && rules.hasSasl) {
    // Text would pass by SASL; said as of `-B`. memcached lets it.
    const message = "ERROR: You cannot allow the ASCII protocol while using SASL.";
    throw new StartError(EX_USAGE, message);
  }
  if (protocol === "binary" && rules.hasAuthFile) {
    fail("Cannot use binary protocol when ascii authentication enabled");
  }
  if (protocol !== "negotiating") return protocol;
  if (!rules.hasAuthFile) return "auto";
  rules.warn("Warning: proto[negotiating] is ascii while ascii authentication is enabled");
  return "ascii";
}

function skipTag(entry: string, fail: Fail): string {
  if (!/^tag[[_]/.test(entry)) return entry;
  const spec = entry.slice("tag".length);
  const end = spec.indexOf(spec.startsWith("[") ? "]" : "_", 1);
  if (end < 0) return fail(`Invalid tag in socket config: "${spec}"`);
  const tag = spec.slice(1, end);
  const bytes = new TextEncoder().encode(tag).length;
  if (bytes < 1 || bytes > TAG_BYTES_MAX) {
    fail(`Listener tags must be between 1 and 8 characters: "${tag}"`);
  }
  return spec.slice(end + 2);
}

function parseAddress(text: string, fail: Fail): ListenAddress {
  if (text.startsWith("[")) {
    const end = text.indexOf("]");
    const rest = text.slice(end + 1);
    if (end < 0 || (rest !== "" && !rest.startsWith(":"))) {
      fail(`Invalid IPV6 address: "${text}"`);
    }
    const host = text.slice(1, end);
    return address(host, rest === "" ? null : rest.slice(1), fail);
  }
  const colon = text.indexOf(":");
  // Two colons can only be an IPv6 address without brackets, which takes no port.
  if (colon < 0 || text.includes(":", colon + 1)) return address(text, null, fail);
  return address(text.slice(0, colon), text.slice(colon + 1), fail);
}

function address(host: string, portText: string | null, fail: Fail): ListenAddress {
  // An empty name never resolves; said here in the words of the look-up.
  if (host === "") fail("getaddrinfo(): Name or service not known");
  return { host: host === "*" ? null : host, port: parsePort(portText, fail) };
}

function parsePort(text: string | null, fail: Fail): number | null {
  if (text === null) return null;
  const port = strictInteger(text);
  if (port === null || port < -1 || port > PORT_MAX) {
    return fail(`Invalid port number: "${text}"`);
  }
  // -1 and 0 both mean any free port.
  return Math.max(0, port);
}
