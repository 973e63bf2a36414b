/** Gathers the `STAT <name> <value>` lines of one reply. */
export class StatLines {
  #text = "";

  add(name: string, value: string | number): void {
    this.#text += `STAT ${name} ${value}\r\n`;
  }

  /** The whole reply, END included. */
  end(): string {
    return `${this.#text}END\r\n`;
  }
}
