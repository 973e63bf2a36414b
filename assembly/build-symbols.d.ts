/** Symbols that a build may define (`use` in asconfig.json); for the type-checker alone. */
declare const CORE_VERIFY: i32;
declare const CORE_THREADS: i32;
declare const CORE_SERVER: i32;
