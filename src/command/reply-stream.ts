/**
 * A reply that is made part by part, as fast as the client takes it.
 */
export interface ReplyStream {
  /** Puts the next part into the empty outbox; false when it was the last one. */
  next(): boolean;
  /** The connection ends before the reply. */
  abandon(): void;
}
