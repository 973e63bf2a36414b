/** A subject whose replies are tampered with: proof that the comparison sees a difference. */

import { fromLatin1, latin1 } from "../support/bytes.ts";
import type { Conversation, Server, Subject } from "../support/subject.ts";

/** Changes the whole reply text of a connection, without changing its length. */
export type Mutation = (replies: string) => string;

export function mutatedSubject(subject: Subject, mutate: Mutation): Subject {
  const { name, native } = subject;
  const open = async (options: readonly string[]): Promise<Server> => {
    const server = await subject.open(options);
    return {
      connect: async () => mutatedConversation(await server.connect(), mutate),
      advance: (seconds) => server.advance(seconds),
      stop: () => server.stop(),
    };
  };
  return { name: `tampered ${name}`, native, open };
}

function mutatedConversation(inner: Conversation, mutate: Mutation): Conversation {
  return {
    send: (bytes) => inner.send(bytes),
    received: () => latin1(mutate(fromLatin1(inner.received()))),
    get closed() {
      return inner.closed;
    },
    more: (timeoutMs) => inner.more(timeoutMs),
    endInput: () => inner.endInput(),
    hangUp: () => inner.hangUp(),
  };
}
