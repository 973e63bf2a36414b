/**
 * `-o`: the comma-separated list of named sub-options.
 *
 * Called by the `-o` row of `option-table.ts`. Splitting is C's getsubopt: an element is everything
 * up to the next comma, its name everything up to the first `=`; a comma at the very end adds
 * nothing; a value given to a sub-option that takes none is ignored. The rows are in
 * `suboption-table.ts`.
 */

import { EXIT_FAILURE, StartError } from "../base/start-error.ts";
import { type OptionDraft, unsupported } from "./option-draft.ts";
import { SUBOPTION_TABLE } from "./suboption-table.ts";

/** Known to memcached, refused by name here: the sub-options of the flash tier. */
const EXTERNAL_STORAGE_NAMES = new Set([
  "ext_path",
  "ext_page_size",
  "ext_wbuf_size",
  "ext_threads",
  "ext_io_depth",
  "ext_item_size",
  "ext_item_age",
  "ext_low_ttl",
  "ext_recache_rate",
  "ext_compact_under",
  "ext_drop_under",
  "ext_max_frag",
  "ext_max_sleep",
  "ext_drop_unread",
]);

export function applySuboptions(draft: OptionDraft, list: string): undefined {
  const elements = list.split(",");
  if (elements.at(-1) === "") elements.pop();
  for (const element of elements) applySuboption(draft, element);
}

function applySuboption(draft: OptionDraft, element: string): void {
  const equals = element.indexOf("=");
  const name = equals < 0 ? element : element.slice(0, equals);
  const value = equals < 0 ? null : element.slice(equals + 1);
  if (EXTERNAL_STORAGE_NAMES.has(name)) throw unsupported(`-o ${name} (external storage)`);
  const apply = SUBOPTION_TABLE.get(name);
  // memcached knows this one in its debug binary only, and its test suite always passes it there.
  if (apply === undefined || (name === "relaxed_privileges" && !draft.settings.debug)) {
    throw new StartError(EXIT_FAILURE, `Illegal suboption "${element}"`);
  }
  apply(draft, value);
}
