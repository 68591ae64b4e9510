// What a record says, shown inert: text as text, and a picture only when its own first bytes prove that it is one.

const MOST_TEXT = 4 << 20, MOST_SHOWN = 20_000, MOST_PICTURE = 32 << 20, MOST_PIXELS = 60e6;

function headerIn(head, name) {
  const text = typeof head === "string" ? head : latin1(head), mark = `\r\n${name}: `, at = text.indexOf(mark);
  return at < 0 ? null : text.slice(at + mark.length).split("\r\n", 1)[0];
}

const httpHeader = (head, name) => new RegExp(`^${name}:[ \\t]*([^\\r\\n]*)`, "im").exec(head)?.[1].trim() ?? "";

// Reads a stream up to a bound, past which nothing is unpacked: no bomb goes off here.
async function bounded(stream, most) {
  const found = [], reader = stream.getReader();
  let size = 0;
  try {
    while (size < most) {
      const { done, value } = await reader.read();
      if (done) break;
      found.push(value);
      size += value.length;
    }
  } catch { /* what came before the fault is shown */ }
  reader.cancel().catch(() => {});
  return joined(found).subarray(0, most);
}

const unpacked = (bytes, coding, most) => bounded(new Blob([bytes]).stream().pipeThrough(new DecompressionStream(coding)), most);

function unchunked(bytes) {
  const found = [];
  for (let at = 0; at < bytes.length; ) {
    const line = latin1(bytes.subarray(at, at + 200)).split("\r\n", 1)[0], size = parseInt(line, 16);
    if (!(size > 0)) break;
    at += line.length + 2;
    found.push(bytes.subarray(at, at + size));
    at += size + 2;
  }
  return joined(found);
}

function decoded(bytes, charset) {
  try {
    return new TextDecoder(charset || "utf-8").decode(bytes);
  } catch {
    return looseText(bytes);
  }
}

// The words of a page: without tags, scripts and styles. A reading aid, in one pass; the record itself is the evidence.
function wordsOf(html) {
  const found = [];
  for (let at = 0; at < html.length; ) {
    const open = html.indexOf("<", at);
    found.push(html.slice(at, open < 0 ? undefined : open));
    if (open < 0) break;
    const name = /^\/?[a-z0-9]*/i.exec(html.slice(open + 1, open + 20))[0].toLowerCase();
    let end = html.startsWith("<!--", open) ? html.indexOf("-->", open) + 2 : html.indexOf(">", open);
    if (name === "script" || name === "style") {
      const close = new RegExp(`</${name}`, "gi");
      close.lastIndex = open;
      const found = close.exec(html);
      end = found ? html.indexOf(">", found.index) : -1;
    }
    if (end < open) break;
    if (!/^\/?(a|b|i|em|strong|span|bdi|font|small|u)$/.test(name)) found.push("\n");
    at = end + 1;
  }
  // A document that is never shown undoes entities like &amp; there is no tag left in it.
  const { textContent: text } = new DOMParser().parseFromString(`.${found.join("").replaceAll("<", " ")}`, "text/html").body;
  return text.slice(1).split("\n").map((line) => line.replace(/[ \t\r\f]+/g, " ").trim()).filter(Boolean).join("\n");
}

// { type, width, height } by its own bytes; null when it is no PNG, JPEG or WebP.
function pictureOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const begins = (text, at = 0) => latin1(bytes.subarray(at, at + text.length)) === text;
  if (bytes.length < 30) return null;
  if (hex(bytes.subarray(0, 8)) === "89504e470d0a1a0a" && begins("IHDR", 12)) {
    return { type: "image/png", width: view.getUint32(16), height: view.getUint32(20) };
  }
  if (begins("RIFF") && begins("WEBP", 8)) {
    const type = "image/webp", form = latin1(bytes.subarray(12, 16)), long = (at) => view.getUint32(at, true);
    if (form === "VP8X") return { type, width: (long(24) & 0xffffff) + 1, height: (long(26) >>> 8) + 1 };
    if (form === "VP8L") return { type, width: (long(21) & 0x3fff) + 1, height: ((long(21) >>> 14) & 0x3fff) + 1 };
    return form === "VP8 " ? { type, width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff } : null;
  }
  if (hex(bytes.subarray(0, 3)) !== "ffd8ff") return null;
  for (let at = 2; at + 9 < bytes.length && bytes[at] === 0xff; at += 2 + view.getUint16(at + 2)) {
    const mark = bytes[at + 1];
    if (mark >= 0xc0 && mark <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(mark)) {
      return { type: "image/jpeg", width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    }
  }
  return null;
}

// { head, heads, text, picture, note }: what can be shown of a record. note: key of a text that says what is not.
async function readRecord(record) {
  const bytes = new Uint8Array(await record.read(MOST_PICTURE));
  const end = latin1(bytes.subarray(0, 1 << 20)).indexOf("\r\n\r\n");
  if (end < 0) return { head: "", text: looseText(bytes.subarray(0, MOST_TEXT)) };
  const head = looseText(bytes.subarray(0, end));
  if (record.state === "redacted") return { head, text: looseText(bytes.subarray(end + 4, MOST_TEXT)) };
  const block = bytes.subarray(end + 4, record.total <= bytes.length ? bytes.length - 4 : bytes.length);
  const media = headerIn(head, "Content-Type") ?? "";
  if (/^image\//.test(media)) return { head, ...pictureShown(block, record.total > bytes.length) };
  if (!/^application\/http/.test(media)) return { head, text: /html/.test(media) ? wordsOf(looseText(block.subarray(0, MOST_TEXT))) : looseText(block.subarray(0, MOST_TEXT)) };
  return { head, ...await readExchange(block) };
}

const pictureShown = (block, cut) => {
  const picture = cut ? null : pictureOf(block);
  if (!picture) return { note: "not_shown" };
  if (picture.width * picture.height > MOST_PIXELS) return { note: "not_shown" };
  return { picture: new Blob([block], { type: picture.type }) };
};

async function readExchange(block) {
  const text = latin1(block.subarray(0, 1 << 20));
  let start = 0, end = text.indexOf("\r\n\r\n");
  while (end >= 0 && /^HTTP\/\S+ 1\d\d/.test(text.slice(start, start + 20))) [start, end] = [end + 4, text.indexOf("\r\n\r\n", end + 4)];
  if (end < 0) return { heads: looseText(block.subarray(0, MOST_TEXT)) };
  const heads = text.slice(start, end), type = httpHeader(heads, "Content-Type").toLowerCase();
  let body = block.subarray(end + 4), note;
  if (/chunked/i.test(httpHeader(heads, "Transfer-Encoding"))) body = unchunked(body);
  const coding = httpHeader(heads, "Content-Encoding").toLowerCase().replace("x-gzip", "gzip");
  if (coding === "gzip" || coding === "deflate") body = await unpacked(body, coding, MOST_TEXT);
  else if (coding && coding !== "identity") return { heads, note: "not_shown" };
  if (/^image\//.test(type)) return { heads, ...pictureShown(body, false) };
  if (!/^text\/|html|json|xml|^$/.test(type)) return { heads, note: "not_shown" };
  if (body.length >= MOST_TEXT) note = "cut";
  const written = decoded(body.subarray(0, MOST_TEXT), /charset="?([\w-]+)/.exec(type)?.[1]);
  return { heads, text: /html/.test(type) ? wordsOf(written) : written, note };
}
