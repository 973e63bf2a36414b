/**
 * `stats settings`: the option that changes each of them, and what is shown then.
 */

/** Name, options, what is shown with them; and names that change along. */
export type SettingRow = readonly [
  name: string,
  options: readonly string[],
  shown: string,
  along?: Readonly<Record<string, string>>,
];

function o(words: string): readonly string[] {
  return ["-o", words];
}

export const SETTING_ROWS: readonly SettingRow[] = [
  ["maxbytes", ["-m", "100"], "104857600"],
  ["maxconns", ["-c", "77"], "77"],
  ["tcpport", ["-p", "12345"], "12345"],
  ["udpport", ["-U", "12346"], "12346", { tcpport: "12346" }],
  ["inter", ["-l", "127.0.0.1"], "127.0.0.1"],
  ["verbosity", ["-vv"], "2"],
  ["evictions", ["-M"], "off"],
  ["domain_socket", ["-s", "/run/a.sock"], "/run/a.sock"],
  ["umask", ["-a", "0750"], "750"],
  ["shutdown_command", ["-A"], "yes"],
  ["growth_factor", ["-f", "1.5"], "1.50"],
  ["chunk_size", ["-n", "100"], "100"],
  ["num_threads", ["-t", "3"], "3", { num_threads_per_udp: "3" }],
  ["num_threads_per_udp", ["-l", "127.0.0.1,::1"], "1", { inter: "127.0.0.1,::1" }],
  ["stat_key_prefix", ["-D", "/"], "/", { detail_enabled: "yes" }],
  ["detail_enabled", ["-D", ":"], "yes"],
  ["reqs_per_event", ["-R", "5"], "5"],
  ["cas_enabled", ["-C"], "no"],
  ["tcp_backlog", ["-b", "99"], "99"],
  ["binding_protocol", ["-B", "ascii"], "ascii"],
  ["auth_enabled_sasl", ["-S"], "yes", { binding_protocol: "binary" }],
  ["auth_enabled_ascii", ["-Y", "USERS"], "USERS", { binding_protocol: "ascii" }],
  ["item_size_max", ["-I", "512k"], "524288", { slab_chunk_max: "524288" }],
  ["maxconns_fast", o("no_maxconns_fast"), "no"],
  ["hashpower_init", o("hashpower=20"), "20"],
  ["slab_reassign", o("no_slab_reassign"), "no"],
  ["slab_automove", o("slab_automove=2"), "2"],
  ["slab_automove_ratio", o("slab_automove_ratio=0.5"), "0.50"],
  ["slab_automove_window", o("slab_automove_window=30"), "30"],
  ["slab_automove_freeratio", o("slab_automove_freeratio=0.05"), "0.050"],
  ["slab_chunk_max", o("slab_chunk_max=256"), "262144"],
  ["lru_crawler", o("no_lru_crawler"), "no"],
  ["lru_crawler_sleep", o("lru_crawler_sleep=5"), "5"],
  ["lru_crawler_tocrawl", o("lru_crawler_tocrawl=9"), "9"],
  ["tail_repair_time", o("tail_repair_time=20"), "20"],
  ["flush_enabled", ["-F"], "no"],
  ["dump_enabled", ["-X"], "no"],
  ["hash_algorithm", o("hash_algorithm=jenkins"), "jenkins"],
  ["lru_maintainer_thread", o("no_lru_maintainer"), "no", { lru_segmented: "no" }],
  ["lru_segmented", o("no_lru_maintainer"), "no", { lru_maintainer_thread: "no" }],
  ["hot_lru_pct", o("hot_lru_pct=5"), "5"],
  ["warm_lru_pct", o("warm_lru_pct=6"), "6"],
  ["hot_max_factor", o("hot_max_factor=0.5"), "0.50"],
  ["warm_max_factor", o("warm_max_factor=3"), "3.00"],
  ["temp_lru", o("temporary_ttl=61"), "yes"],
  ["temporary_ttl", o("temporary_ttl=9"), "9", { temp_lru: "yes" }],
  ["idle_timeout", o("idle_timeout=5"), "5"],
  ["watcher_logbuf_size", o("watcher_logbuf_size=64"), "65536"],
  ["worker_logbuf_size", o("worker_logbuf_size=128"), "131072"],
  ["read_buf_mem_limit", o("read_buf_mem_limit=16"), "16777216"],
  ["track_sizes", o("track_sizes"), "yes"],
];

/** Those that no option of this server changes. */
export const SETTING_CONSTANTS: Readonly<Record<string, string>> = {
  inline_ascii_response: "no",
  ext_item_size: "512",
  ext_item_age: "4294967295",
  ext_low_ttl: "0",
  ext_recache_rate: "2000",
  ext_wbuf_size: "4194304",
  ext_compact_under: "0",
  ext_drop_under: "0",
  ext_max_sleep: "1000000",
  ext_max_frag: "0.80",
  ext_drop_unread: "no",
  num_napi_ids: "0",
  memory_file: "(null)",
  client_flags_size: "4",
};
