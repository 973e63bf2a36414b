/**
 * Goal: the grammar of -l, whose errors come with memcached's two lines and exit code 71.
 * Method: tables of list texts, through parseOptions, so that joining several -l is covered too.
 */

import { expect, test } from "bun:test";
import type { ListenAddress } from "../../src/base/settings.ts";
import { parseOptions } from "../../src/main/options.ts";

function at(host: string | null, port: number | null = null): ListenAddress {
  return { host, port };
}

test.each<[text: string, addresses: ListenAddress[]]>([
  ["127.0.0.1", [at("127.0.0.1")]],
  ["127.0.0.1:11212", [at("127.0.0.1", 11212)]],
  ["localhost:0", [at("localhost", 0)]],
  ["localhost:-1", [at("localhost", 0)]],
  ["*", [at(null)]],
  ["*:5", [at(null, 5)]],
  ["::1", [at("::1")]],
  ["fe80::1:2", [at("fe80::1:2")]],
  ["[::1]", [at("::1")]],
  ["[::1]:5", [at("::1", 5)]],
  ["a,b:2;c", [at("a"), at("b", 2), at("c")]],
  [",a,,b;", [at("a"), at("b")]],
  ["proto[ascii]:a:1", [at("a", 1)]],
  ["proto[asc]:a", [at("a")]],
  ["proto[negotiating]:a", [at("a")]],
  ["tag[front]:a", [at("a")]],
  ["tag_front_:a:1", [at("a", 1)]],
  ["tag[12345678]:a", [at("a")]],
  ["proto[ascii]:tag[x]:[::1]:7", [at("::1", 7)]],
  ["tagged", [at("tagged")]],
  ["protocol:3", [at("protocol", 3)]],
])("%p is understood", (text, listen) => {
  expect(parseOptions(["-l", text], {})).toMatchObject({
    kind: "run",
    settings: { listen, listenText: text },
  });
});

test.each<[text: string, reason: string]>([
  ["a:bar", 'Invalid port number: "bar"'],
  ["a:", 'Invalid port number: ""'],
  ["a:1x", 'Invalid port number: "1x"'],
  ["a:65536", 'Invalid port number: "65536"'],
  ["a:-2", 'Invalid port number: "-2"'],
  ["ok,a:bar", 'Invalid port number: "bar"'],
  ["tag_ab:1.2.3.4", 'Invalid tag in socket config: "_ab:1.2.3.4"'],
  ["[::1", 'Invalid IPV6 address: "[::1"'],
  ["[::1]x", 'Invalid IPV6 address: "[::1]x"'],
  [":11212", "getaddrinfo(): Name or service not known"],
  ["[]", "getaddrinfo(): Name or service not known"],
  ["notls:a", "'notls' option is valid only when SSL is enabled"],
  ["btls:a", "'btls' option is valid only when SSL is enabled"],
  ["mtls:a", "'otls' option is valid only when SSL is enabled"],
  ["proto[x:1.2.3.4", 'Invalid protocol spec: "[x:1.2.3.4"'],
  ["proto[http]:a", 'Invalid protocol spec: "[http]:a"'],
  ["tag[:1.2.3.4", 'Invalid tag in socket config: "[:1.2.3.4"'],
  ["tag[]:a", 'Listener tags must be between 1 and 8 characters: ""'],
  ["tag[123456789]:a", 'Listener tags must be between 1 and 8 characters: "123456789"'],
  ["tag_123456789_:a", 'Listener tags must be between 1 and 8 characters: "123456789"'],
  ["", "No address to listen on given"],
  [",;", "No address to listen on given"],
])("%p is refused", (text, reason) => {
  expect(parseOptions(["-l", text], {})).toEqual({
    kind: "exit",
    code: 71,
    stdout: "",
    stderr: `${reason}\nfailed to listen on one of interface(s) ${text}: Success\n`,
  });
});

test.each<[text: string, tls: ListenAddress["tls"]]>([
  ["a:1", undefined],
  ["notls:a:1", "plain"],
  ["btls:a:1", "unverified"],
  ["mtls:a:1", "mutual"],
  ["mtls:proto[ascii]:tag[x]:a:1", "mutual"],
])("%p with -Z", (text, tls) => {
  const parsed = parseOptions(["-Z", "-l", text], {});
  if (parsed.kind !== "run") throw new Error(parsed.stderr);
  expect(parsed.settings.listen).toEqual([tls === undefined ? at("a", 1) : { ...at("a", 1), tls }]);
});

test.each(["binary", "proxy", "b"])("proto[%s] is refused as not here", (name) => {
  const parsed = parseOptions(["-l", `proto[${name}]:a`], {});
  expect(parsed).toMatchObject({ kind: "exit", code: 64 });
  expect(parsed.stderr).toContain("is not supported by this version of wasmcached.");
});

test("several -l add up, and one that is already in the text is dropped", () => {
  const parsed = parseOptions(["-l", "10.0.0.1", "-l", "b:2", "-l", "0.0.1"], {});
  expect(parsed).toMatchObject({
    settings: { listen: [at("10.0.0.1"), at("b", 2)], listenText: "10.0.0.1,b:2" },
  });
});

test("a wrong list is the last thing looked at", () => {
  expect(parseOptions(["-l", "a:bar", "-p", "70000"], {})).toMatchObject({ code: 64 });
});
