/** Byte strings as tests need them: Latin-1 both ways, so that every byte is one character. */

/** One byte per character; characters above 0xff are refused. */
export function latin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0xff) throw new Error(`not a byte: U+${code.toString(16)}`);
    bytes[i] = code;
  }
  return bytes;
}

/** The reverse of `latin1`. */
export function fromLatin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const NAMED: ReadonlyMap<string, string> = new Map([
  ["\\", "\\\\"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

/** Bytes for a human: CR LF ends a line silently, every other odd byte is escaped. */
export function readable(bytes: Uint8Array, limit = 4000): string {
  const cut = bytes.length > limit ? bytes.subarray(0, limit) : bytes;
  let text = "";
  for (const part of fromLatin1(cut).split(/(\r\n)/)) {
    text += part === "\r\n" ? "\n" : part.replace(/[^ -[\]-~]/g, escaped);
  }
  return cut === bytes ? text : `${text}\n… ${bytes.length - limit} more bytes`;
}

function escaped(character: string): string {
  if (character === "\n") return "\\n\n";
  const named = NAMED.get(character);
  return named ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
}
