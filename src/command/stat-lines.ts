/**
 * The figures of one `stats` reply, in order: names and values, however the protocol writes them.
 */
export interface StatLines {
  add(name: string, value: string | number): void;
}

/** As the text protocol does: a `STAT <name> <value>` line for each. */
export class StatText implements StatLines {
  #text = "";

  add(name: string, value: string | number): void {
    this.#text += `STAT ${name} ${value}\r\n`;
  }

  /** The whole reply, END included. */
  end(): string {
    return `${this.#text}END\r\n`;
  }
}
