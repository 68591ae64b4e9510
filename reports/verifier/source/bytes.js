// Bytes as text and text as bytes; a file read in pieces; text of others made visible.

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const unhex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const utf8 = (text) => new TextEncoder().encode(text);
const strictText = (bytes) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
const looseText = (bytes) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
const latin1 = (bytes) => new TextDecoder("latin1").decode(bytes); // one character a byte; ASCII is itself
const byteText = (bytes) => Array.from({ length: Math.ceil(bytes.length / 8192) }, (_, i) =>
  String.fromCharCode(...bytes.subarray(8192 * i, 8192 * (i + 1)))).join(""); // the byte is the character's number
const bytesOf = (text) => Uint8Array.from(text, (char) => char.charCodeAt(0));
const same = (one, other) => one.length === other.length && one.every((byte, i) => byte === other[i]);
const unbase64 = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
// UTF-16 sorts characters of other planes before some of this one; UTF-8 sorts as their numbers do.
const byCodePoint = (one, other) => {
  const [a, b] = [one, other].map(utf8), at = a.findIndex((byte, i) => byte !== b[i]);
  return at < 0 ? a.length - b.length : a[at] - (b[at] ?? -1);
};

function joined(parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

// Controls, bidi controls and private characters as ⟦U+202E⟧, as govah shows them. The zero-width non-joiner is Persian
// spelling. most: a browser lays out a line for minutes when it has a hundred thousand characters.
const visible = (text, most = 300) => (text.length > most ? `${text.slice(0, most)}…` : text)
  .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu, (char) =>
    "\n\t\u200c".includes(char) ? char : `⟦U+${char.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟧`);

const STEP = 1 << 16;

// A file that is never in memory as a whole.
class Source {
  constructor(blob) {
    this.blob = blob;
    this.size = blob.size;
    this.start = 0;
    this.window = new Uint8Array();
  }

  async read(at, size) {
    const end = Math.min(at + size, this.size);
    if (at < this.start || end > this.start + this.window.length) {
      const read = Math.max(size, 16 * STEP);
      this.window = new Uint8Array(await this.blob.slice(at, at + read).arrayBuffer());
      this.start = at;
    }
    return this.window.subarray(at - this.start, Math.max(end, at) - this.start);
  }

  async *chunks(at, size) {
    for (const end = at + size; at < end; at += STEP) yield await this.read(at, Math.min(STEP, end - at));
  }
}
