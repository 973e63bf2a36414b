/**
 * What a connection that speaks the binary protocol remembers from packet to packet.
 */
import { Packet } from "../protocol/binary-packet.ts";

export class BinarySession {
  /** The packet being executed; the value of a storage command may still be on its way. */
  readonly packet = new Packet();
  /** How many packets the last call of `executeGets` has answered. */
  executed = 0;
  /** Whether the client has proved who it is; matters with `-S` only. */
  isAuthenticated = false;
  /** A mechanism was named, and waits for its data. */
  isSaslStarted = false;
  /** It succeeded once: no other attempt can. */
  isSaslDone = false;
}
