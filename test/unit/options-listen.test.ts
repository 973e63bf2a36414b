/**
 * Goal: the grammar of -l, whose errors come with memcached's two lines and exit code 71.
 * Method: tables of list texts, through parseOptions, so that joining several -l is covered too.
 */

import { expect, test } from "bun:test";
import type { BindingProtocol, ListenAddress } from "../../src/base/settings.ts";
import { parseOptions } from "../../src/main/options.ts";

function at(
  host: string | null,
  port: number | null = null,
  protocol?: BindingProtocol,
): ListenAddress {
  return protocol === undefined ? { host, port } : { host, port, protocol };
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
  ["proto[ascii]:a:1", [at("a", 1, "ascii")]],
  ["proto[asc]:a", [at("a", null, "ascii")]],
  ["proto[]:a", [at("a", null, "ascii")]],
  ["proto[binary]:a:1,b:2", [at("a", 1, "binary"), at("b", 2)]],
  ["proto[b]:[::1]:5", [at("::1", 5, "binary")]],
  ["proto[negotiating]:a", [at("a", null, "auto")]],
  ["tag[front]:a", [at("a")]],
  ["tag_front_:a:1", [at("a", 1)]],
  ["tag[12345678]:a", [at("a")]],
  ["proto[ascii]:tag[x]:[::1]:7", [at("::1", 7, "ascii")]],
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
  ["proto[binaryx]:a", 'Invalid protocol spec: "[binaryx]:a"'],
  ["proto[Binary]:a", 'Invalid protocol spec: "[Binary]:a"'],
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

test.each<[text: string, address: ListenAddress]>([
  ["a:1", at("a", 1)],
  ["notls:a:1", { ...at("a", 1), tls: "plain" }],
  ["btls:a:1", { ...at("a", 1), tls: "unverified" }],
  ["mtls:a:1", { ...at("a", 1), tls: "mutual" }],
  ["mtls:proto[ascii]:tag[x]:a:1", { ...at("a", 1, "ascii"), tls: "mutual" }],
  ["notls:proto[binary]:a:1", { ...at("a", 1, "binary"), tls: "plain" }],
])("%p with -Z", (text, address) => {
  const parsed = parseOptions(["-Z", "-l", text], {});
  if (parsed.kind !== "run") throw new Error(parsed.stderr);
  expect(parsed.settings.listen).toEqual([address]);
});

test.each(["proxy", "p"])("proto[%s] is refused as not here", (name) => {
  expect(parseOptions(["-l", `proto[${name}]:a`], {})).toMatchObject({
    kind: "exit",
    code: 64,
    stderr: "-l proto[proxy] is not supported by this version of wasmcached.\n",
  });
});

test("with -Y a listener is for text: binary is refused, negotiating becomes ascii", () => {
  const refused = parseOptions(["-Y", "f", "-l", "a,proto[binary]:b"], {});
  const reason = "Cannot use binary protocol when ascii authentication enabled";
  const summary = "failed to listen on one of interface(s) a,proto[binary]:b: Success";
  expect(refused).toMatchObject({ kind: "exit", code: 71, stderr: `${reason}\n${summary}\n` });
  const warning = "Warning: proto[negotiating] is ascii while ascii authentication is enabled\n";
  expect(parseOptions(["-Y", "f", "-l", "proto[negotiating]:a,proto[ascii]:b"], {})).toMatchObject({
    kind: "run",
    settings: { listen: [at("a", null, "ascii"), at("b", null, "ascii")] },
    stderr: warning,
  });
});

test("with -S a listener is for binary", () => {
  expect(parseOptions(["-S", "-l", "proto[binary]:a"], {})).toMatchObject({
    kind: "run",
    settings: { listen: [at("a", null, "binary")] },
  });
  for (const name of ["ascii", "negotiating"]) {
    const parsed = parseOptions(["-S", "-l", `proto[${name}]:a`], {});
    expect(parsed).toMatchObject({ kind: "exit", code: 64 });
    expect(parsed.stderr).toContain("You cannot allow the ASCII protocol while using SASL.\n");
  }
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
