/**
 * Calls with one key: the memory that it belongs to answers.
 */
import { addressOf } from "../../base/address.ts";
import { Fetch, Result, Status } from "../../../assembly/shared/status.ts";
import type { Router } from "./router.ts";
import type { StoreCalls } from "../facade.ts";

type FetchCalls = Pick<StoreCalls, "fetchItem" | "fetchMeta" | "hold">;

type ChangeCalls = Pick<
  StoreCalls,
  "beginSet" | "changeItem" | "changeNumber" | "remove" | "removeItem" | "touch"
>;

/** Fetches after which there is no value in the outbox. */
const VALUELESS = Fetch.NO_VALUE | Fetch.LOOK;

export function fetchCalls(router: Router): FetchCalls {
  return {
    fetchItem(keyPtr, keyLength, outPtr, options, expiresAt) {
      const memory = router.bringKey(keyPtr, keyLength);
      const status = router.abi(memory).fetchItem(keyPtr, keyLength, outPtr, options, expiresAt);
      router.takeResult(memory);
      const { result } = router;
      const isCopied = status === Status.OK && result[Result.ITEM] === 0;
      if (isCopied && (options & VALUELESS) === 0) {
        router.takeReply(memory, outPtr, result[Result.VALUE_LENGTH] as number);
      }
      return status;
    },
    fetchMeta(keyPtr, keyLength, flagsPtr, flagsEnd, outPtr, options) {
      const memory = router.bringKey(keyPtr, keyLength);
      router.bringInput(memory, flagsPtr, flagsEnd - flagsPtr);
      router.bringArguments(memory);
      const { fetchMeta } = router.abi(memory);
      const written = fetchMeta(keyPtr, keyLength, flagsPtr, flagsEnd, outPtr, options);
      router.takeResult(memory);
      router.takeReply(memory, outPtr, Math.abs(written));
      return written;
    },
    hold(keyPtr, keyLength) {
      const memory = router.bringKey(keyPtr, keyLength);
      const itemPtr = router.abi(memory).hold(keyPtr, keyLength);
      router.takeResult(memory);
      return addressOf(memory, itemPtr);
    },
  };
}

export function changeCalls(router: Router): ChangeCalls {
  return {
    beginSet(keyPtr, keyLength, clientFlags, expiresAt, valueLength, mode) {
      const memory = router.bringKey(keyPtr, keyLength);
      const { beginSet } = router.abi(memory);
      const itemPtr = beginSet(keyPtr, keyLength, clientFlags, expiresAt, valueLength, mode);
      router.takeResult(memory);
      return addressOf(memory, itemPtr);
    },
    changeItem(keyPtr, keyLength, isIncr, options) {
      const memory = router.bringKey(keyPtr, keyLength);
      router.bringArguments(memory);
      const status = router.abi(memory).changeItem(keyPtr, keyLength, isIncr, options);
      router.takeResult(memory);
      return status;
    },
    changeNumber(keyPtr, keyLength, isIncr, deltaLow, deltaHigh, outPtr) {
      const memory = router.bringKey(keyPtr, keyLength);
      const { changeNumber } = router.abi(memory);
      const answer = changeNumber(keyPtr, keyLength, isIncr, deltaLow, deltaHigh, outPtr);
      router.takeResult(memory);
      router.takeReply(memory, outPtr, answer >>> 8);
      return answer;
    },
    remove(keyPtr, keyLength) {
      const memory = router.bringKey(keyPtr, keyLength);
      const isHit = router.abi(memory).remove(keyPtr, keyLength);
      router.takeResult(memory);
      return isHit;
    },
    removeItem(keyPtr, keyLength, options) {
      const memory = router.bringKey(keyPtr, keyLength);
      router.bringArguments(memory);
      const status = router.abi(memory).removeItem(keyPtr, keyLength, options);
      router.takeResult(memory);
      return status;
    },
    touch(keyPtr, keyLength, expiresAt) {
      const memory = router.bringKey(keyPtr, keyLength);
      const isHit = router.abi(memory).touch(keyPtr, keyLength, expiresAt);
      router.takeResult(memory);
      return isHit;
    },
  };
}
