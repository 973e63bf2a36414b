/** Words of the protocol that are looked for as bytes. */
const encoder = new TextEncoder();

export const NOREPLY = encoder.encode("noreply");
