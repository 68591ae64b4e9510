// TLS handshakes that prove themselves, in whole records of probes: whose key answered a hello of ours. As evidence/witness
// and evidence/pack/witnesses.py. A kind of key that the browser does not know is said not to be checked.

const sure = (right, detail = "TLS") => mustBe(right, "invalid_witness", detail);
const MOST_PROBE = 8 << 20;
const RETRY = "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"; // the random of a HelloRetryRequest
const HASHES = ["SHA-256", "SHA-384", "SHA-512"];
const CURVES = { "2a8648ce3d030107": ["P-256", 32], "2b81040022": ["P-384", 48], "2b81040023": ["P-521", 66] };
const EC = "2a8648ce3d0201", RSA = "2a864886f70d010101", EDWARDS = "2b6570", ALTERNATIVE_NAMES = "551d11";
const digestOf = async (name, bytes) => new Uint8Array(await crypto.subtle.digest(name, bytes));

// Fields of a message, one after the other.
class Fields {
  constructor(bytes) {
    this.rest = bytes;
  }

  take(size) {
    sure(size <= this.rest.length);
    const found = this.rest.subarray(0, size);
    this.rest = this.rest.subarray(size);
    return found;
  }

  number(width) { return this.take(width).reduce((sum, byte) => sum * 256 + byte, 0); }
  sized(width) { return this.take(this.number(width)); }
  end() { sure(!this.rest.length); }
}

// By their number, to the end of a message.
function extensionsOf(fields) {
  const rest = new Fields(fields.sized(2)), found = new Map();
  fields.end();
  while (rest.rest.length) {
    const kind = rest.number(2);
    sure(!found.has(kind));
    found.set(kind, rest.sized(2));
  }
  return found;
}

function clientHello(message) {
  const fields = new Fields(message.subarray(4));
  sure(fields.number(2) === 0x303);
  const random = hex(fields.take(32));
  [1, 2, 1].forEach((width) => fields.sized(width)); // session, suites, compression
  const named = extensionsOf(fields).get(0);
  if (!named) return { random, asked: "" };
  const outer = new Fields(named), inner = new Fields(outer.sized(2));
  outer.end();
  sure(inner.number(1) === 0);
  const asked = latin1(inner.sized(2));
  inner.end();
  sure(/^[\0-\x7f]*$/.test(asked));
  return { random, asked };
}

function serverHello(message) {
  const fields = new Fields(message.subarray(4));
  let version = fields.number(2);
  const random = fields.take(32);
  fields.sized(1);
  const suite = fields.number(2);
  sure(fields.number(1) === 0);
  const chosen = fields.rest.length ? extensionsOf(fields).get(43) : null;
  if (chosen) {
    sure(version === 0x303 && chosen.length === 2);
    version = chosen[0] * 256 + chosen[1];
    sure(version > 0x303);
  }
  return { random, suite, version };
}

function leafIn(message, newer) {
  const fields = new Fields(message.subarray(4));
  sure(!newer || !fields.sized(1).length);
  const entries = new Fields(fields.sized(3));
  let leaf = new Uint8Array();
  fields.end();
  while (entries.rest.length) {
    const one = entries.sized(3);
    if (newer) entries.sized(2);
    if (!leaf.length) leaf = one;
  }
  return leaf;
}

// The parameters of a key exchange, a point or three numbers, and the signature behind them.
function exchangeIn(body) {
  for (const skip of [(fields) => (sure(fields.number(1) === 3), fields.take(2), fields.sized(1)), (fields) => [2, 2, 2].forEach((width) => fields.sized(width))]) {
    try {
      const fields = new Fields(body);
      skip(fields);
      return [body.subarray(0, body.length - fields.rest.length), signatureIn(fields)];
    } catch { /* the other kind, or none */ }
  }
  return sure(false);
}

function signatureIn(fields) {
  const found = { scheme: fields.number(2), bytes: fields.sized(2) };
  fields.end();
  return found;
}

// From the client's hello to the server's signature: what it is over, and with which certificate.
async function transcriptOf(messages) {
  sure(messages.length <= 1 << 18);
  const found = [];
  for (const fields = new Fields(messages); fields.rest.length; ) {
    const all = fields.rest;
    fields.take(1);
    found.push(all.subarray(0, 4 + fields.sized(3).length));
  }
  const order = found.map(([kind]) => kind).join(), last = found.at(-1);
  sure(/^1,2,/.test(order));
  const hello = clientHello(found[0]), answer = serverHello(found[1]), blank = found[0].slice();
  blank.fill(0, 6, 38);
  const told = { ...hello, blank, newer: answer.version === 0x304 };
  if (answer.version === 0x303) {
    sure(/^1,2,11,(22,)?12$/.test(order));
    const [params, signature] = exchangeIn(last.subarray(4));
    return { ...told, leaf: leafIn(found[2]), signed: joined([unhex(hello.random), answer.random, params]), signature };
  }
  const again = hex(answer.random) === RETRY, hash = answer.suite === 0x1302 ? "SHA-384" : "SHA-256";
  sure(told.newer && answer.suite > 0x1300 && answer.suite < 0x1306);
  sure((again ? /^1,2,1,2,8,(13,)?11,15$/ : /^1,2,8,(13,)?11,15$/).test(order));
  let before = messages.subarray(0, messages.length - last.length);
  if (again) {
    const second = clientHello(found[2]), { random, suite, version } = serverHello(found[3]), digest = await digestOf(hash, found[0]);
    sure(second.random === hello.random && second.asked === hello.asked && version === 0x304 && suite === answer.suite && hex(random) !== RETRY);
    before = joined([Uint8Array.of(254, 0, 0, digest.length), digest, before.subarray(found[0].length)]);
  }
  const signed = joined([utf8(`${" ".repeat(64)}TLS 1.3, server CertificateVerify\0`), await digestOf(hash, before)]);
  return { ...told, leaf: leafIn(found.at(-2), true), signed, signature: signatureIn(new Fields(last.subarray(4))) };
}

// Of the certificate: its key (SubjectPublicKeyInfo) and the names beside it.
function certificateOf(leaf) {
  const fields = sequence(sequence(alone(leaf))[0]), names = [];
  for (const extension of parts(fields.find(({ tag }) => tag === 0xa3) ?? { content: [] }).flatMap(sequence)) {
    const inner = sequence(extension);
    if (oid(inner[0]) === ALTERNATIVE_NAMES) names.push(...sequence(alone(inner.at(-1).content)));
  }
  return { key: fits(fields[fields[0].tag === 0xa0 ? 6 : 5], 0x30), names };
}

// An address as browsers write it; "" for a name.
function addressOf(host) {
  const plain = host.replace(/^\[|\]$/g, ""), number = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
  try {
    if (new RegExp(`^${number}(\\.${number}){3}$`).test(plain)) return plain;
    return plain.includes(":") ? new URL(`http:[${plain}]`).hostname : "";
  } catch {
    return "";
  }
}

// Whether one of the names is the host's; a wildcard stands for the whole first label.
function namesHost(names, host) {
  const address = addressOf(host);
  return names.some(({ tag, content }) => {
    const name = latin1(content).toLowerCase(), wanted = host.toLowerCase();
    if (tag === 0x82) return !address && (name === wanted || (/^\*\../.test(name) && name.slice(1) === wanted.slice(wanted.indexOf("."))));
    if (tag !== 0x87 || !address) return false;
    return (content.length === 4 ? content.join(".") : content.length === 16 && addressOf(hex(content).replace(/(?!^)(?=(....)+$)/g, ":"))) === address;
  });
}

// A signature of ECDSA as browsers take it: two numbers of the curve's size, from the one DER that they have.
function plainSignature(bytes, size) {
  const whole = alone(bytes), numbers = sequence(whole);
  sure(numbers.length === 2 && whole.all.length === whole.content.length + (whole.content.length > 127 ? 3 : 2));
  return joined(numbers.map((one) => {
    const [first, second] = fits(one, 2).content, digits = one.content.subarray(first ? 0 : 1);
    sure(one.all.length === one.content.length + 2 && first < 128 && (first || second > 127) && digits.length <= size);
    return joined([new Uint8Array(size - digits.length), digits]);
  }));
}

// Whether the key signed; null where the browser does not know its kind.
async function keySigned(key, { signature: { scheme, bytes }, signed, newer }) {
  const [kind, curve] = sequence(parts(key)[0]), low = scheme & 255, high = scheme >> 8;
  let way = null, signature = bytes;
  if (oid(kind) === EC) {
    const known = CURVES[oid(curve)], hash = HASHES[high - 4];
    if (!known) return null;
    sure(low === 3 && hash && (!newer || hash === HASHES[Object.values(CURVES).indexOf(known)]));
    way = { name: "ECDSA", namedCurve: known[0], hash };
    signature = plainSignature(bytes, known[1]);
  } else if (oid(kind) === RSA) {
    const hash = high === 8 ? low > 3 && low < 12 && HASHES[(low - 4) % 5] : low === 1 && !newer && HASHES[high - 4];
    sure(hash);
    way = high === 8 ? { name: "RSA-PSS", hash, saltLength: Number(hash.slice(4)) / 8 } : { name: "RSASSA-PKCS1-v1_5", hash };
  } else if (oid(kind) === EDWARDS) {
    sure(scheme === 0x807);
    way = { name: "Ed25519" };
  } else return null;
  return crypto.subtle.verify(way, await crypto.subtle.importKey("spki", key.all, way, false, ["verify"]), signature, signed);
}

const BOUND = "connection,format,host,opening,port,round,salt,time";

// What a witness in the body of a probe proves of its capture; null where it holds none.
async function provenBy(body, { time, facts: { host, port } }, round) {
  const known = parseCanonical(body), witness = valueAt(known, "witness");
  sure(known instanceof Map);
  if (witness === null || witness === undefined) return null;
  sure(witness instanceof Map && [...witness.keys()].join() === "connection,format,host,messages,opening,port,round,salt,sha256,time");
  const { format, opening, salt, messages: text, connection, sha256: digest, ...said } = Object.fromEntries(witness);
  sure(format === "govah-witness/1" && said.host === host && countAt(witness, "port") === String(port) && said.time === time && said.round === round, `${said.host} ${said.time}`);
  sure(Array.isArray(opening) && [...opening, salt].every((one) => isText(one) && /^[0-9a-f]{64}$/.test(one)) && /^tls1\.[23]$/.test(connection));
  sure(isText(text) && text.length <= 1 << 19);
  const messages = unbase64(text);
  sure(btoa(byteText(messages)) === text && hex(sha256(messages)) === digest);
  const transcript = await transcriptOf(messages), named = { connection, format, host, opening, port, round, salt, time };
  sure(hex(sha256(utf8(`${JSON.stringify(named)}\n`), transcript.blank)) === transcript.random);
  const plain = host.replace(/\.+$/, ""), { key, names } = certificateOf(transcript.leaf);
  sure(transcript.asked === (addressOf(host) ? "" : plain.replace(/[^\0-\x7f]/gu, "?")));
  const signed = await keySigned(key, transcript);
  sure(signed !== false);
  return { signed, version: transcript.newer ? "TLSv1.3" : "TLSv1.2", certificate: hex(sha256(transcript.leaf)), names: namesHost(names, plain) };
}

// What is known of a probe, in the one form that it has; null of other captures.
function probeIn(head) {
  const text = headerIn(head, "Govah-Capture");
  try {
    const known = JSON.parse(text), { facts } = known;
    const again = JSON.stringify(known).replace(/[\x7f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
    const right = again === text && known.kind === "tls" && Object.keys(facts).join() === "address,connections,host,port"
      && Object.keys(known).join() === "agency,attempt,facts,id,kind,purpose,sequence,sha256,time,url,vantage"
      && [known.agency, known.id, known.purpose, known.sha256, known.url, known.vantage, facts.host, facts.address ?? ""].every(isText)
      && [known.attempt, known.sequence, facts.connections, facts.port].every((one) => Number.isSafeInteger(one) && one >= 0);
    return right && !Number.isNaN(timeAt(new Map([["time", known.time]]), "time")) ? known : null;
  } catch {
    return null;
  }
}

// Of a pack without faults. proved: by capture. without: hosts of which no capture holds a witness.
async function checkWitnesses(contents, records, fault) {
  const proved = new Map(), silent = [];
  for (const { file, state, type, total, read } of records) {
    if (state !== "whole" || type !== "resource" || total > MOST_PROBE) continue;
    const bytes = new Uint8Array(await read(total)), end = latin1(bytes).indexOf("\r\n\r\n"), probe = probeIn(bytes.subarray(0, end));
    if (!probe) continue;
    try {
      const found = await provenBy(bytes.subarray(end + 4, -4), probe, contents.round);
      if (found) proved.set(probe.id, { ...found, host: `${probe.facts.host}:${probe.facts.port}`, time: probe.time });
      else if (probe.purpose === "host") silent.push(probe.url);
    } catch (error) {
      fault(file, probe.id, "invalid_witness", error.message);
    }
  }
  const answered = [...proved.values()].map(({ host }) => host);
  return { proved, without: [...new Set(silent)].filter((host) => !answered.includes(host)) };
}
