/**
 * The states of a connection and the transitions between them (specification §10.2).
 *
 *                       ┌──────────────────────────────────────────────┐
 *                       ▼                                              │
 *     (open) ───▶ conn_new_cmd ──no input──▶ conn_waiting ──readable──▶ conn_read
 *                  │  ▲  ▲  │                     ▲                      │   │
 *         input    │  │  │  └─replies─▶ conn_mwrite ◀── incomplete line ─┘   │ input
 *                  ▼  │  │                 ▲                                 ▼
 *            conn_parse_cmd ───────────────┴─────────────────────── conn_parse_cmd
 *                  │  │  └──▶ conn_nread ────▶ conn_new_cmd
 *                  │  │          └─no memory─▶ conn_swallow
 *                  │  ├─────▶ conn_swallow ──▶ conn_new_cmd
 *                  │  └─────▶ (stream) ──────▶ conn_new_cmd
 *                  ├────────▶ conn_watch ────▶ conn_closing
 *                  └────────▶ conn_closing ──▶ conn_closed
 *
 * In stream a reply goes out that is made part by part; memcached has conn_watch for that too.
 * listening belongs to listeners; write is memcached's name for a path that text no longer takes. A
 * connection rests in waiting, in nread and swallow (until more input comes), in mwrite and stream
 * (until the socket takes more), in watch (until its client goes), and in new_cmd when it has used
 * up its `-R` credits. Everything else is passed through within one event.
 */
export enum State {
  LISTENING,
  NEW_CMD,
  WAITING,
  READ,
  PARSE_CMD,
  NREAD,
  SWALLOW,
  WRITE,
  MWRITE,
  WATCH,
  STREAM,
  CLOSING,
  CLOSED,
}

const NAMES: Record<State, string> = {
  [State.LISTENING]: "conn_listening",
  [State.NEW_CMD]: "conn_new_cmd",
  [State.WAITING]: "conn_waiting",
  [State.READ]: "conn_read",
  [State.PARSE_CMD]: "conn_parse_cmd",
  [State.NREAD]: "conn_nread",
  [State.SWALLOW]: "conn_swallow",
  [State.WRITE]: "conn_write",
  [State.MWRITE]: "conn_mwrite",
  [State.WATCH]: "conn_watch",
  [State.STREAM]: "conn_watch",
  [State.CLOSING]: "conn_closing",
  [State.CLOSED]: "conn_closed",
};

/** Where each state may go. */
const NEXT: Record<State, readonly State[]> = {
  [State.LISTENING]: [State.CLOSING],
  [State.NEW_CMD]: [State.PARSE_CMD, State.READ, State.MWRITE, State.WAITING, State.CLOSING],
  [State.WAITING]: [State.READ, State.CLOSING],
  [State.READ]: [State.PARSE_CMD, State.WAITING, State.CLOSING],
  [State.PARSE_CMD]: [
    State.NEW_CMD,
    State.NREAD,
    State.SWALLOW,
    State.READ,
    State.MWRITE,
    State.WATCH,
    State.STREAM,
    State.WAITING,
    State.CLOSING,
  ],
  [State.NREAD]: [State.NEW_CMD, State.SWALLOW, State.CLOSING],
  [State.SWALLOW]: [State.NEW_CMD, State.CLOSING],
  [State.WRITE]: [State.NEW_CMD, State.CLOSING],
  [State.MWRITE]: [State.NEW_CMD, State.CLOSING],
  [State.STREAM]: [State.NEW_CMD, State.CLOSING],
  [State.WATCH]: [State.CLOSING],
  [State.CLOSING]: [State.CLOSED],
  [State.CLOSED]: [],
};

export function stateName(state: State): string {
  return NAMES[state];
}

export function mayFollow(from: State, to: State): boolean {
  return NEXT[from].includes(to);
}
