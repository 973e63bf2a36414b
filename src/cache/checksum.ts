/**
 * A checksum against damage, not against malice: four lanes of 32 bits, each a chain of bijections,
 * so that any change within one word is found for certain, and others but for one time in 2^32.
 */

const PRIMES = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f] as const;

export const CHECKSUM_WORDS = 4;

/** Of words, whose number is a multiple of four. */
export function checksum(words: Uint32Array): Uint32Array {
  let [a, b, c, d] = PRIMES as readonly number[] as [number, number, number, number];
  for (let i = 0; i < words.length; i += 4) {
    a = Math.imul(a ^ (words[i] as number), PRIMES[0]);
    b = Math.imul(b ^ (words[i + 1] as number), PRIMES[1]);
    c = Math.imul(c ^ (words[i + 2] as number), PRIMES[2]);
    d = Math.imul(d ^ (words[i + 3] as number), PRIMES[3]);
    a ^= a >>> 15;
    b ^= b >>> 15;
    c ^= c >>> 15;
    d ^= d >>> 15;
  }
  return Uint32Array.of(a, b, c, d);
}
