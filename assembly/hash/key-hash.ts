/**
 * The hash of a key, by the algorithm chosen at start (`-o hash_algorithm`).
 */
import { HashAlgorithm } from "../shared/status";
import { VERIFY } from "../base/verify";
import { jenkins } from "./jenkins";
import { murmur3 } from "./murmur3";
import { state } from "../base/store-state";
import { xxh3 } from "./xxh3";

/** 32-bit hash of `keyLength` bytes at `keyPtr`. */
export function keyHash(keyPtr: usize, keyLength: u32): u32 {
  const algorithm = state.hashAlgorithm;
  if (algorithm === HashAlgorithm.MURMUR3) return murmur3(keyPtr, keyLength);
  if (VERIFY && algorithm === HashAlgorithm.HOSTILE) return 0x5eed;
  return algorithm === HashAlgorithm.JENKINS ? jenkins(keyPtr, keyLength) : xxh3(keyPtr, keyLength);
}
