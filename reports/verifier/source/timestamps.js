// Time stamps over the seal (RFC 3161): what a token says, and whether it speaks of this seal and answers this request.
// Not here: who signed it. That means nothing before somebody trusts the authority's certificate, and `openssl ts` asks
// both. As evidence/signing/timestamp_token.py, which does both too.

const TOLERANCE = 600_000; // milliseconds by which two clocks may differ
const SIGNED_DATA = "2a864886f70d010702", TST_INFO = "2a864886f70d0109100104", SHA256 = "608648016503040201";

const mustBe = (right, problem = "invalid_timestamp", detail = "RFC 3161") => { if (!right) throw new PackBroken(problem, detail); };

// One value of DER at the beginning of some bytes: its tag, its bytes as a whole and without head.
function der(bytes) {
  let length = bytes[1], start = 2;
  if (length > 127) {
    mustBe(length > 128 && length < 132);
    start += length - 128;
    length = bytes.subarray(2, start).reduce((sum, byte) => sum * 256 + byte, 0);
  }
  mustBe(bytes.length >= start + length);
  return { tag: bytes[0], all: bytes.subarray(0, start + length), content: bytes.subarray(start, start + length) };
}

function parts({ content }) {
  const found = [];
  for (let at = 0; at < content.length; at += found.at(-1).all.length) found.push(der(content.subarray(at)));
  return found;
}

const fits = (value, tag) => { mustBe(value?.tag === tag); return value; };
const sequence = (value) => parts(fits(value, 0x30));
const oid = (value) => hex(fits(value, 6).content);
const alone = (bytes) => { const value = der(bytes); mustBe(value.all.length === bytes.length); return value; };

// The nonce, as DER, of the one request that govah makes over a content.
function nonceOf(query, content) {
  const nonce = fits(sequence(alone(query))[2], 2).all;
  const long = (tag, ...inner) => joined([Uint8Array.of(tag, inner.reduce((sum, one) => sum + one.length, 0)), ...inner]);
  const imprint = long(0x30, unhex(`300d0609${SHA256}0500`), long(4, sha256(content)));
  mustBe(same(long(0x30, unhex("020101"), imprint, nonce, unhex("0101ff")), query), "foreign_timestamp");
  return nonce;
}

// The time of a granted reply over this content, in milliseconds.
function timeOf(reply, content, nonce) {
  const [status, token] = sequence(alone(reply));
  mustBe(["020100", "020101"].includes(hex(sequence(status)[0].all)) && token);
  const [type, explicit] = sequence(token);
  mustBe(oid(type) === SIGNED_DATA);
  const [kind, body] = sequence(sequence(parts(fits(explicit, 0xa0))[0])[2]);
  mustBe(oid(kind) === TST_INFO);
  const info = sequence(alone(fits(parts(fits(body, 0xa0))[0], 4).content));
  const [algorithm, imprint] = sequence(info[2]), named = info.slice(5).find(({ tag }) => tag === 2);
  mustBe(oid(sequence(algorithm)[0]) === SHA256 && same(fits(imprint, 4).content, sha256(content)), "foreign_timestamp");
  mustBe(named && same(named.all, nonce), "foreign_timestamp");
  const [, date, clock, part] = /^(\d{8})(\d{6})(\.\d+)?Z$/.exec(latin1(fits(info[4], 0x18).content)) ?? [];
  mustBe(date && hex(info[0].all) === "020101");
  const [day, hour] = [date.replace(/(....)(..)/, "$1-$2-"), clock.replace(/(..)(..)/, "$1:$2:")];
  return Date.parse(`${day}T${hour}${(part ?? "").slice(0, 4)}Z`);
}

// Millionths of a second since 1970, of a time as seals write it; NaN for any other.
function timeAt(manifest, name) {
  const text = manifest?.get(name), time = isText(text) && /^[2-8]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(text) ? Date.parse(text) : NaN;
  return time >= 0 && new Date(time).toISOString().slice(0, 23) === text.slice(0, 23) ? time * 1000 + Number(text.slice(23, 26)) : NaN;
}

// Those that speak of the signature of a folder's seal.
function checkStamps(files, folder, manifest, fault) {
  const own = [...files.keys()].filter((name) => isStamp(name) && inFolder(name) === folder);
  const stems = new Set(own.map((name) => name.slice(0, -4))), found = [];
  const signature = files.get(`${folder}manifest.sig`) ?? new Uint8Array(), created = timeAt(manifest, "created") / 1000;
  for (const stem of [...stems].sort()) {
    const query = `${stem}.tsq`, reply = `${stem}.tsr`, absent = [query, reply].find((name) => !files.has(name));
    if (absent) {
      fault(absent, "", "missing_file");
      continue;
    }
    try {
      const time = timeOf(files.get(reply), signature, nonceOf(files.get(query), signature));
      mustBe(Number.isFinite(time));
      mustBe(!(time < created - TOLERANCE), "mistimed_timestamp");
      if (Number.isNaN(created)) fault(folder + MANIFEST, "created", "invalid_manifest");
      else found.push({ file: reply, time });
    } catch (error) {
      fault(reply, "", error.problem ?? "invalid_timestamp", error.message);
    }
  }
  return found;
}
