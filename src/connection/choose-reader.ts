/**
 * The client's first byte decides which protocol it speaks, unless `-B` or `-S` has.
 */
import { BinaryReader } from "./binary-reader.ts";
import type { Context } from "../command/context.ts";
import type { Login } from "./login.ts";
import { MAGIC_REQUEST } from "../protocol/binary-packet.ts";
import type { Reader } from "./reader.ts";
import { TextReader } from "./text-reader.ts";

/**
 * @param first the byte
 * @param isTold whether `-vv` tells of it
 */
export function chooseReader(
  context: Context,
  first: number,
  login: Login | null,
  isTold: boolean,
): Reader {
  const { settings, log, connectionId } = context;
  // Text knows no SASL: nobody may pass by it that way.
  const bindingProtocol = settings.sasl ? "binary" : settings.bindingProtocol;
  const isMagic = first === MAGIC_REQUEST;
  const protocol = bindingProtocol === "auto" ? (isMagic ? "binary" : "ascii") : bindingProtocol;
  if (bindingProtocol === "auto" && settings.verbosity > 1 && isTold) {
    log(`${connectionId}: Client using the ${protocol} protocol\n`);
  }
  return protocol === "binary" ? new BinaryReader(context) : new TextReader(context, login);
}
