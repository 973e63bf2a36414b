/**
 * The switch for expensive checks.
 *
 * `if (VERIFY) …` leaves no trace in the release modules: asc folds the constant. Bare `assert` is
 * for conditions on values at hand; walks over memory always stand behind VERIFY (the debug build).
 */
export const VERIFY: bool = isDefined(CORE_VERIFY);

/** What the debug build writes over a freed chunk, behind the header. */
export const FREED_BYTE: u8 = 0xdb;
