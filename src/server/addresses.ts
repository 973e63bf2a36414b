/**
 * Addresses: as memcached writes them, and what an entry of `-l` stands for.
 */
import { lookup } from "node:dns/promises";

/** `tcp:1.2.3.4:5`, or `tcp6:[::1]:5`. */
export function addressText(host: string, port: number): string {
  return host.includes(":") ? `tcp6:[${host}]:${port}` : `tcp:${host}:${port}`;
}

/**
 * The numeric addresses of a `-l` entry: null and `*` mean every interface, once for each family,
 * and each IPv6 socket is for IPv6 alone. Throws when a name is unknown.
 */
export async function numericHosts(host: string | null): Promise<string[]> {
  if (host === null || host === "*") return ["0.0.0.0", "::"];
  const found = await lookup(host, { all: true });
  return [...new Set(found.map(({ address }) => address))];
}
