/**
 * Cuts the input of a binary connection into packets, and has them executed.
 *
 * A packet is executed when its header, extras and key are in the inbox; a value is read
 * afterwards. One whose key would not fit the inbox closes the connection, and so does a wrong
 * first byte: there is no finding back into step. Gets that came together are answered together.
 */
import { BinarySession } from "../command/binary-session.ts";
import type { Context } from "../command/context.ts";
import { HEADER_SIZE, MAGIC_REQUEST } from "../protocol/binary-packet.ts";
import { INBOX_SIZE } from "../../assembly/shared/limits.ts";
import type { Input } from "./input.ts";
import { Outcome, type Upload } from "../command/outcome.ts";
import { type Reader, reachOf } from "./reader.ts";
import { executeGets } from "../command/binary-get.ts";
import { executePacket, packetLengthNeeded } from "../command/binary.ts";
import { failBinaryStore, finishBinaryStore } from "../command/binary-store.ts";

export class BinaryReader implements Reader {
  further = 0;
  readonly #context: Context;
  readonly #session = new BinarySession();

  constructor(context: Context) {
    this.#context = context;
  }

  parse(input: Input, upload: Upload, credits: number): Outcome {
    const context = this.#context;
    const session = this.#session;
    this.further = 0;
    const next = executeGets(context, session, input.at, input.end, credits + 1);
    if (next > input.at) {
      input.at = next;
      this.further = session.executed - 1;
      return Outcome.DONE;
    }
    const { packet } = session;
    const ready = input.end - input.at;
    if (ready < HEADER_SIZE) return Outcome.MORE;
    packet.read(context.core.inbox, input.at);
    if (packet.magic !== MAGIC_REQUEST) return this.#refuseMagic();
    if (ready < packetLengthNeeded(context, session)) {
      return ready < INBOX_SIZE ? Outcome.MORE : Outcome.QUIT;
    }
    input.at = Math.min(input.at + packet.headLength, input.end);
    return executePacket(context, session, upload);
  }

  lookAhead(input: Input, commands: number): void {
    const reach = reachOf(input, commands);
    if (reach === 0) return;
    const { abi, inboxPtr } = this.#context.core;
    abi.lookAheadPackets(inboxPtr + input.at, inboxPtr + input.end, reach);
  }

  finish(upload: Upload): void {
    finishBinaryStore(this.#context, this.#session.packet, upload);
  }

  fail(): void {
    failBinaryStore(this.#context, this.#session.packet);
  }

  #refuseMagic(): Outcome {
    const { settings, log } = this.#context;
    const magic = this.#session.packet.magic.toString(16);
    if (settings.verbosity > 0) log(`Invalid magic:  ${magic}\n`);
    return Outcome.QUIT;
  }
}
