/**
 * Split replay: a conversation held again and again, its requests cut at every place.
 *
 * A server must answer the same whatever packets its input arrives in. Requests that a client
 * could have pipelined are joined first, so cuts also fall between and across commands.
 */

import { flush, subjectOptions } from "./preparation.ts";
import type { Conversation, Server, Subject } from "./subject.ts";
import { replay, sendWhole } from "./replay.ts";
import { type Step, type Transcript, needsOwnServer, pipelined } from "./transcript.ts";

/** Above this many places a conversation is only cut near its ends and at even distances. */
const PLACES_MAX = 1500;
/** All replays of one conversation together send about this many bytes at most. */
const VOLUME_MAX = 100_000_000;
/** Byte by byte is left out for conversations with more input than this. */
const BYTEWISE_MAX = 100_000;

/** Where to cut inputs of these lengths: [step, offset] pairs, every one when they are few. */
export function splitPlaces(steps: readonly Step[], limit = PLACES_MAX): [number, number][] {
  const places: [number, number][] = [];
  for (const [index, step] of steps.entries()) {
    if (step.kind !== "request") continue;
    for (let at = 1; at < step.bytes.length; at++) places.push([index, at]);
  }
  if (places.length <= limit) return places;
  const edge = Math.floor(limit / 4);
  const stride = Math.ceil((places.length - 2 * edge) / (limit - 2 * edge));
  const middle = places.slice(edge, -edge).filter((_, index) => index % stride === 0);
  return [...places.slice(0, edge), ...middle, ...places.slice(-edge)];
}

/** Holds the conversation once for every split and once byte by byte. */
export async function replaySplit(transcript: Transcript, subject: Subject): Promise<void> {
  const steps = pipelined(transcript.steps, subject.native);
  const servers = new ServerKeeper(transcript, subject);
  try {
    for (const [cutStep, offset] of splitPlaces(steps, placesFor(steps))) {
      const send = async (on: Conversation, bytes: Uint8Array, step: number): Promise<void> => {
        if (step !== cutStep) return await sendWhole(on, bytes);
        await on.send(bytes.subarray(0, offset));
        await on.send(bytes.subarray(offset));
      };
      const where = `cut at byte ${offset} of the request at step ${cutStep}`;
      await explained(where, replay(transcript, await servers.next(), { ...subject, steps, send }));
    }
    if (inputLength(steps) > BYTEWISE_MAX) return;
    const settings = { native: subject.native, steps, send: sendBytewise };
    await explained("byte by byte", replay(transcript, await servers.next(), settings));
  } finally {
    await servers.stop();
  }
}

async function sendBytewise(conversation: Conversation, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; at++) await conversation.send(bytes.subarray(at, at + 1));
}

function inputLength(steps: readonly Step[]): number {
  return steps.reduce((sum, step) => sum + (step.kind === "request" ? step.bytes.length : 0), 0);
}

function placesFor(steps: readonly Step[]): number {
  return Math.max(20, Math.min(PLACES_MAX, Math.floor(VOLUME_MAX / (inputLength(steps) + 1))));
}

async function explained(where: string, attempt: Promise<void>): Promise<void> {
  try {
    await attempt;
  } catch (error) {
    throw new Error(`${where}: ${String(error)}`, { cause: error });
  }
}

/** Hands out a server without items: a new one where the conversation needs its own. */
class ServerKeeper {
  private current: Server | null = null;

  constructor(
    private readonly transcript: Transcript,
    private readonly subject: Subject,
  ) {}

  async next(): Promise<Server> {
    if (this.current !== null && !needsOwnServer(this.transcript)) {
      await flush(this.current);
      return this.current;
    }
    await this.stop();
    this.current = await this.subject.open(subjectOptions(this.transcript, this.subject));
    return this.current;
  }

  async stop(): Promise<void> {
    await this.current?.stop();
    this.current = null;
  }
}
