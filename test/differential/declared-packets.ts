/**
 * Declared differences of packets: what is kept out of a stream of them, each with its reason.
 */
import type { PacketPlan } from "./binary-plan.ts";
import type { Profile } from "./declaration.ts";

interface DeclaredPacket {
  readonly reason: string;
  readonly profile: Profile;
  readonly avoid: (packet: PacketPlan) => boolean;
}

const DECLARED_PACKETS: readonly DeclaredPacket[] = [
  {
    reason: "1.6.18 refuses numbers from 2^63 on when a minus sign follows anywhere in memory",
    profile: "older",
    avoid: ({ name, fields: { value = "", delta = "", initial = "" } }) => {
      const added = name.startsWith("Increment") ? delta : "";
      return [value, initial, added].some((number) => /^\d{19}/.test(number));
    },
  },
];

/** Whether a packet belongs into a stream of this profile. */
export function allowedPacket(packet: PacketPlan, profile: Profile): boolean {
  return !DECLARED_PACKETS.some((declared) => {
    return declared.profile === profile && declared.avoid(packet);
  });
}
