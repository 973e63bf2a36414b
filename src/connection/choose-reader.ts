/**
 * Which protocol a connection speaks: its client's first byte decides, unless its listener or `-S`
 * has.
 */
import type { BindingProtocol } from "../base/settings.ts";
import { BinaryReader } from "./binary-reader.ts";
import type { Context } from "../command/context.ts";
import type { Login } from "./login.ts";
import { MAGIC_REQUEST } from "../protocol/binary-packet.ts";
import type { Reader } from "./reader.ts";
import { TextReader } from "./text-reader.ts";

/**
 * @param id the connection's, for the log
 * @param first the first byte that came
 * @param binding what its listener takes
 * @param isTold whether the log hears of it
 */
export function chooseReader(
  context: Context,
  id: number,
  first: number,
  binding: BindingProtocol,
  isTold: boolean,
  login: Login | null,
): Reader {
  const { settings, log } = context;
  // Text knows no SASL: nobody may pass by it that way.
  const bindingProtocol = settings.sasl ? "binary" : binding;
  const spoken = first === MAGIC_REQUEST ? "binary" : "ascii";
  const protocol = bindingProtocol === "auto" ? spoken : bindingProtocol;
  if (bindingProtocol === "auto" && isTold && settings.verbosity > 1) {
    log(`${id}: Client using the ${protocol} protocol\n`);
  }
  return protocol === "binary" ? new BinaryReader(context) : new TextReader(context, login);
}
