/**
 * The long differential run:
 * `bun test/differential/main.ts --seed N --seconds S --a host:port --b host:port`.
 *
 * `--a` and `--b` may also be `native` or `own` for servers started here; then a difference is
 * shortened. `--profile same|older` says which declared differences apply (default: older),
 * `--family` which commands are mixed: data, lru, crawler (family.ts). Servers given by address
 * must be freshly started with the options of their family. Exit status 1 means a difference.
 */

import { parseArgs } from "node:util";
import type { Server, Subject } from "../support/subject.ts";
import { nativeSubject, ownSubject } from "../support/subjects.ts";
import { TcpConversation } from "../support/tcp-conversation.ts";
import type { Profile } from "./declared.ts";
import { FAMILIES, type Family } from "./family.ts";
import { freshSeed } from "../support/random.ts";
import { run } from "./run.ts";

function subject(text: string): Subject {
  const known = text === "native" ? nativeSubject() : text === "own" ? ownSubject() : undefined;
  if (known === null) throw new Error(`${text}: not installed`);
  if (known !== undefined) return known;
  const [, host, port] = /^(.+):(\d+)$/.exec(text) ?? [];
  if (host === undefined) throw new Error(`not host:port, native or own: ${text}`);
  const server: Server = {
    connect: () => TcpConversation.open(host, Number(port)),
    advance: (seconds) => Bun.sleep(seconds * 1000),
    stop: () => Promise.resolve(),
  };
  return { name: text, native: false, open: () => Promise.resolve(server) };
}

function profileOf(text: string): Profile {
  if (text !== "same" && text !== "older") throw new Error("--profile is same or older");
  return text;
}

function familyOf(text: string): Family {
  const family = FAMILIES.find((each) => each === text);
  if (family === undefined) throw new Error(`--family is one of ${FAMILIES.join(" ")}`);
  return family;
}

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(freshSeed()) },
    seconds: { type: "string", default: "60" },
    a: { type: "string", default: "native" },
    b: { type: "string", default: "own" },
    profile: { type: "string", default: "older" },
    family: { type: "string", default: "data" },
    "no-shortening": { type: "boolean", default: false },
  },
});

const byAddress = [values.a, values.b].some((text) => text.includes(":"));
const outcome = await run([subject(values.a), subject(values.b)], {
  seed: Number(values.seed),
  seconds: Number(values.seconds),
  batches: Number.POSITIVE_INFINITY,
  profile: profileOf(values.profile),
  family: familyOf(values.family),
  // Servers that cannot be started anew keep what earlier attempts left in them.
  shorten: !byAddress && !values["no-shortening"],
});
console.log(outcome.text);
process.exit(outcome.different ? 1 : 0);
