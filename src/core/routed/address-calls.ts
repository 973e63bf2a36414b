/**
 * Calls with an address: the memory that it is in answers.
 */
import { addressOf, memoryOf, offsetOf } from "../../base/address.ts";
import { Result } from "../../../assembly/shared/status.ts";
import type { Router } from "./router.ts";
import type { StoreCalls } from "../facade.ts";

type AddressCalls = Pick<
  StoreCalls,
  | "copy"
  | "addRun"
  | "endSet"
  | "endStore"
  | "nextRun"
  | "release"
  | "scan"
  | "decodeBase64"
  | "encodeBase64"
  | "hashKey"
>;

export function addressCalls(router: Router): AddressCalls {
  const { abi: frontAbi, inbox, inboxPtr } = router.front;
  return {
    /** Of what is in the inbox. */
    copy(target, source, length) {
      const memory = memoryOf(target);
      if (memory === 0) {
        frontAbi.copy(target, source, length);
        return;
      }
      const start = source - inboxPtr;
      router.core(memory).write(offsetOf(target), inbox.subarray(start, start + length));
    },
    addRun(itemPtr, left) {
      const memory = memoryOf(itemPtr);
      const length = router.abi(memory).addRun(offsetOf(itemPtr), left);
      router.takeResult(memory);
      return length;
    },
    endSet(itemPtr, mode, casLow, casHigh) {
      const memory = memoryOf(itemPtr);
      const status = router.abi(memory).endSet(offsetOf(itemPtr), mode, casLow, casHigh);
      router.takeResult(memory);
      return status;
    },
    endStore(itemPtr, mode, options) {
      const memory = memoryOf(itemPtr);
      router.bringArguments(memory);
      const status = router.abi(memory).endStore(offsetOf(itemPtr), mode, options);
      router.takeResult(memory);
      return status;
    },
    nextRun(ptr) {
      const memory = memoryOf(ptr);
      const chunkPtr = router.abi(memory).nextRun(offsetOf(ptr));
      router.takeResult(memory);
      return addressOf(memory, chunkPtr);
    },
    release(itemPtr) {
      router.abi(memoryOf(itemPtr)).release(offsetOf(itemPtr));
    },
    /** Memory by memory. */
    scan(from, keyOutPtr) {
      let start = offsetOf(from);
      for (let memory = memoryOf(from); memory < router.cores.length; memory++) {
        const itemPtr = router.abi(memory).scan(start, keyOutPtr);
        router.takeResult(memory);
        if (itemPtr !== 0) {
          router.takeReply(memory, keyOutPtr, router.result[Result.OUT_LENGTH] as number);
          return addressOf(memory, itemPtr);
        }
        start = 0;
      }
      return 0;
    },
    decodeBase64: frontAbi.decodeBase64,
    encodeBase64: frontAbi.encodeBase64,
    hashKey: frontAbi.hashKey,
  };
}
