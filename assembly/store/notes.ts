/**
 * Notes of what is gone: evicted, or met after it had expired. For a host that wants to know, in an
 * area that it names before a call, by two slots of `Argument`, and reads after it:
 *
 *     │ reason │ length │ key … │ reason │ length │ key … │ …            │
 *       1 byte   1 byte                                   ▲ NOTES_AT     ▲ NOTES_END
 *
 * It hears of what its own calls have taken away, not of what other threads do. What was deleted,
 * replaced or flushed is not noted. Where no area is named all of this costs one look at a word.
 */
import { Argument, Gone } from "../shared/status";
import { Item, itemIsExpired, itemIsFlushed, itemKeyPtr } from "../item/item";
import { argument, setArgument } from "../base/result";

/** Reason and length. */
const HEAD_SIZE: u32 = 2;

/** The item is about to be unlinked. */
export function noteGone(item: Item): void {
  const end = argument(Argument.NOTES_END);
  if (end === 0 || itemIsFlushed(item)) return;
  const at = argument(Argument.NOTES_AT);
  const length = <u32>item.keyLength;
  const next = at + HEAD_SIZE + length;
  if (next > end) {
    setArgument(Argument.NOTES_UNTOLD, argument(Argument.NOTES_UNTOLD) + 1);
    return;
  }
  setArgument(Argument.NOTES_AT, next);
  store<u8>(at, itemIsExpired(item) ? Gone.EXPIRED : Gone.EVICTED);
  store<u8>(at, length, 1);
  memory.copy(at + HEAD_SIZE, itemKeyPtr(item), length);
}
