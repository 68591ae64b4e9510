// Is a disclosure pack what the auditor made, and does it prove what it says? As evidence/pack: the same faults in the
// same files, whatever was done to it. tests/evidence/pack/browser compares the two.

const SEALS = [JUDGEMENT, "findings.manifest.sig", MANIFEST, "manifest.sig", SIGNER];
const PAGES = ["README.md", "index.html", "verify.html"], OF_PLACES = "govah-pack/3";
const FORMATS = { "govah-pack/1": PAGES.slice(0, 1), "govah-pack/2": PAGES, [OF_PLACES]: PAGES };
const UNSUMMED = [CONTENTS, "pack.sig", SUMS];
const SMALL = new Set([...PAGES, ...UNSUMMED, "finding.json", "finding.redacted.json", ...SEALS]);
const MARKED_OTHERWISE = ["body", "cookie", "rest", "secret"]; // kinds that leave another trace than a mark
const MOST_STAMPS = 200, LARGEST_NUMBER = 2 ** 53 - 1;

const isRecord = (name) => /^records\/[1-9]\d{0,3}\.(?:warc|redacted\.txt)$/.test(name);
const isProof = (name) => /^proofs\/(?:finding|record-[1-9]\d{0,3})\.txt$/.test(name);
const isStamp = (name) => /^(places\/[1-9]\d?\/)?manifest\.[0-9a-f]{16}\.ts[qr]$/.test(name);
const isPlaceSeal = (name) => /^places\/[1-9]\d?\/(manifest\.json|manifest\.sig|signer\.pem)$/.test(name);
const inFolder = (name) => name.slice(0, name.lastIndexOf("/") + 1); // of the seal that a time stamp is over
const folderOf = (place) => (place ? `places/${place}/` : "");
const isText = (value) => typeof value === "string";
const isCount = (value) => value instanceof JsonNumber && /^\d+$/.test(value.text) && Number(value.text) <= LARGEST_NUMBER;

// Bytes that a member of this name may have; null when no pack has one.
function limitOf(name) {
  if (isRecord(name)) return 2 ** 30;
  if (isStamp(name)) return 65536;
  if (!SMALL.has(name) && !isProof(name) && !isPlaceSeal(name)) return null;
  return /\.sig$|signer\.pem$/.test(name) ? 1 << 14 : isProof(name) ? 1 << 13 : 4 << 20;
}

// Members by name: size, hashes, marks, and the content of small ones. seen: called with the bytes read so far.
async function readMembers(source, zip, fault, seen) {
  const members = new Map(), names = new Set();
  let stamps = 0;
  for (const member of zip) {
    const name = looseText(member.name), limit = limitOf(name);
    stamps += isStamp(name);
    if (limit === null || names.has(name) || stamps > MOST_STAMPS) {
      fault(name.slice(0, 200), "", "extra_file");
      continue;
    }
    names.add(name);
    const found = member.size <= limit && await readMember(source, member, !isRecord(name), seen);
    if (found) members.set(name, found);
    else fault(name, "", "changed_file");
  }
  return members;
}

async function readMember(source, member, keep, seen) {
  const hash = new Sha256(), leaf = leafHash(), kept = [], marks = new Map(), known = new CaptureLine();
  let crc = 0, carried = "", start = new Uint8Array();
  for await (const chunk of source.chunks(member.start, member.size)) {
    hash.update(chunk);
    leaf.update(chunk);
    crc = crc32(chunk, crc);
    if (keep) kept.push(chunk.slice());
    else {
      start = joined([start, chunk.subarray(0, LINE_END - start.length)]);
      known.read(chunk);
    }
    const text = carried + latin1(chunk);
    let end = 0;
    for (const mark of text.matchAll(/\[redacted:([a-z_]{1,20}):[0-9]{1,9}\]/g)) {
      marks.set(mark[1], (marks.get(mark[1]) ?? 0) + 1);
      end = mark.index + mark[0].length;
    }
    carried = text.slice(Math.max(end, text.length - 48));
    await seen(chunk.length);
  }
  const content = keep ? joined(kept) : new Uint8Array();
  return crc === member.crc && { at: member.start, size: member.size, sha256: hex(hash.digest()), leaf: hex(leaf.digest()), content,
    start, vantage: known.vantage(), marks };
}

const LINE = "\r\nGovah-Capture: ", LINE_END = 1 << 13;

// The end of the line that says what is known of a record's capture, in characters of a byte. Keys are sorted: the vantage point stands last.
class CaptureLine {
  constructor() { this.text = ""; }

  read(bytes) {
    if (this.over) return;
    this.text += byteText(bytes);
    if (!this.begun) {
      const end = this.text.indexOf("\r\n\r\n"), at = this.text.indexOf(LINE);
      this.begun = at >= 0 && (end < 0 || at < end);
      this.over = !this.begun && end >= 0;
      this.text = this.begun ? this.text.slice(at + LINE.length) : this.text.slice(1 - LINE.length);
    }
    if (this.begun) {
      const end = this.text.indexOf("\r\n");
      this.over = end >= 0;
      this.text = this.over ? this.text.slice(0, end).slice(-LINE_END) : this.text.slice(-LINE_END - 1);
    }
  }

  // null where it says none.
  vantage() {
    const [, ...values] = this.text.split(',"vantage":');
    try {
      const value = this.begun && this.over && values.at(-1).endsWith("}") && JSON.parse(looseText(bytesOf(values.at(-1).slice(0, -1))));
      return isText(value) ? value : null;
    } catch {
      return null;
    }
  }
}

// The table of contents. Throws for anything that `govah pack` does not write.
function parseContents(bytes) {
  const fields = (map, names) => {
    if (!(map instanceof Map) || map.size !== names.length || names.some((name) => !map.has(name))) throw new SyntaxError();
    return Object.fromEntries(map);
  };
  const must = (right) => { if (!right) throw new SyntaxError(); };
  const counts = (map) => must(map instanceof Map && [...map.values()].every(isCount));
  const found = parseCanonicalLine(bytes), more = valueAt(found, "format") === OF_PLACES ? 1 : 0;
  const contents = fields(found,
    ["format", "round", "finding", "records", "manifest", "findings_manifest", "key", "rules", "kept", "sums", ...["places"].slice(1 - more)]);
  const finding = contents.finding = fields(contents.finding, ["id", "state", "leaf", "redactions"]);
  must(Array.isArray(contents.records) && Array.isArray(contents.kept) && Object.hasOwn(FORMATS, contents.format));
  const texts = [contents.round, contents.manifest, contents.findings_manifest, contents.key, contents.rules, contents.sums];
  texts.push(...contents.kept, finding.id, finding.state, finding.leaf);
  counts(finding.redactions);
  contents.records = contents.records.map((map, i) => {
    const record = fields(map, ["number", "capture", "type", "state", "leaf", "size", "body", "left_out", "redactions", ...["place"].slice(1 - more)]);
    must(isCount(record.number) && record.number.text === String(i + 1) && isCount(record.size));
    counts(record.redactions);
    texts.push(record.capture, record.type, record.state, record.leaf, record.body, record.left_out);
    must(!more || isCount(record.place));
    record.place = more && Number(record.place.text);
    record.number = i + 1;
    record.file = `records/${i + 1}.${record.state === "whole" ? "warc" : "redacted.txt"}`;
    record.proof = `proofs/record-${i + 1}.txt`;
    return record;
  });
  contents.places = (contents.places ?? []).map((map) => fields(map, ["vantage", "key", "manifest"]));
  const names = contents.places.map(({ vantage }) => vantage), used = new Set(contents.records.map(({ place }) => place));
  texts.push(...contents.places.flatMap(Object.values));
  used.delete(0);
  must(names.length < 100 && new Set(names).size === names.length && !names.includes("") && !more === !names.length);
  must(used.size === names.length && [...used].every((place) => place <= names.length));
  must(texts.every(isText) && [finding, ...contents.records].every(({ state }) => ["whole", "redacted"].includes(state)));
  finding.file = finding.state === "whole" ? "finding.json" : "finding.redacted.json";
  contents.pages = FORMATS[contents.format];
  return contents;
}

const namesIn = (contents, stamps) => [
  contents.finding.file, FINDING_PROOF, ...contents.records.flatMap(({ file, proof }) => [file, proof]),
  ...SEALS, ...contents.places.flatMap((_, i) => SEALS.slice(2).map((name) => folderOf(i + 1) + name)), ...stamps.sort(), ...contents.pages, SUMS, CONTENTS, "pack.sig"];

function checkNames(contents, members, zipName, fault) {
  const wanted = new Set(namesIn(contents, []));
  for (const name of members.keys()) if (!wanted.has(name) && !(isStamp(name) && wanted.has(inFolder(name) + MANIFEST))) fault(name, "", "extra_file");
  for (const name of wanted) {
    if (members.has(name) || [SIGNER, CONTENTS, "pack.sig"].includes(name)) continue;
    fault(name, "", name.endsWith(".sig") ? "missing_signature" : "missing_file");
  }
  const order = namesIn(contents, [...members.keys()].filter(isStamp)).filter((name) => members.has(name));
  const found = [...members.keys()].filter((name) => order.includes(name));
  const at = found.findIndex((name, i) => name !== order[i]);
  if (at >= 0) fault(zipName, found[at], "changed_zip", found[at]);
}

function checkSums(contents, members, fault) {
  if (!members.has(SUMS)) return;
  const { content, sha256: digest } = members.get(SUMS);
  if (contents && digest !== contents.sums) fault(SUMS, "", "changed_file");
  const listed = new Map();
  for (const [, hash, name] of byteText(content).matchAll(/([0-9a-f]{64})  ([^\n\0]{1,200})\n/g)) listed.set(looseText(bytesOf(name)), hash);
  const again = [...listed].sort(([one], [other]) => byCodePoint(one, other)).map(([name, hash]) => `${hash}  ${name}\n`).join("");
  if (!same(utf8(again), content)) fault(SUMS, "", "changed_file");
  for (const [name, { sha256: found }] of members) {
    if (UNSUMMED.includes(name)) continue;
    if (!listed.has(name)) fault(name, "", "extra_file");
    else if (listed.get(name) !== found) fault(name, "", "changed_file");
  }
  for (const name of listed.keys()) if (!members.has(name)) fault(name, "", "missing_file");
}

// Pack, findings and evidence name each other: none of them is of another round.
function checkBonds(contents, members, manifest, judged, fault) {
  const digest = (name) => members.get(name)?.sha256;
  for (const [field, name] of [["manifest", MANIFEST], ["findings_manifest", JUDGEMENT]]) {
    if (members.has(name) && digest(name) !== contents[field]) fault(CONTENTS, field, "changed_field", digest(name));
  }
  if (judged && judged.get("evidence") !== digest(MANIFEST)) fault(JUDGEMENT, "evidence", "stale_findings");
  for (const [name, values] of [[MANIFEST, manifest], [JUDGEMENT, judged]]) {
    if (values && values.get("round") !== contents.round) fault(name, "round", "changed_field", contents.round);
  }
}

function wayOf(members, name, leaf, item, fault) {
  if (!members.has(name)) return null;
  const parsed = parseProof(members.get(name).content);
  if (parsed && parsed.leaf === leaf && parsed.ways.length) return parsed.ways;
  fault(name, item, "invalid_proof");
  return null;
}

function checkMarks(file, item, marks, redactions, fault) {
  const listed = [...redactions].filter(([kind]) => !MARKED_OTHERWISE.includes(kind));
  const right = listed.length === marks.size && listed.every(([kind, count]) => String(marks.get(kind)) === count.text);
  if (!right) fault(file, item, "changed_redaction", [...new Set([...marks.keys(), ...listed.map(([kind]) => kind)])].sort().join(", "));
}

// What the finding says; null when it is no line of this finding.
function findingIn(bytes, id) {
  try {
    const values = parseCanonical(bytes);
    const captures = values instanceof Map && values.get("id") === id ? values.get("captures") : null;
    return Array.isArray(captures) && captures.every(isText) ? values : null;
  } catch {
    return null;
  }
}

function checkFinding(contents, members, judged, fault) {
  const finding = contents.finding, member = members.get(finding.file);
  if (!member) return;
  const ways = finding.ways = wayOf(members, FINDING_PROOF, finding.leaf, finding.id, fault);
  if (ways && judged && !leads(ways, finding.leaf, storeysOfFindings(judged))) fault(FINDING_PROOF, finding.id, "invalid_proof");
  finding.line = member.content;
  finding.values = findingIn(member.content, finding.id);
  if (!finding.values || (finding.state === "whole" && member.leaf !== finding.leaf)) fault(finding.file, finding.id, "changed_finding", "1");
  checkMarks(finding.file, finding.id, member.marks, finding.redactions, fault);
  const there = new Set(contents.records.filter(({ type }) => type !== "request").map(({ capture }) => capture));
  for (const capture of finding.values?.get("captures") ?? []) {
    if (!there.has(capture)) fault(finding.file, finding.id, "unknown_capture", capture);
  }
}

const NAMESPACE = unhex("6f1a3f0e6c0b5d579d0e2b8a6e0f4c11");

// A record's identifier, from the capture's own (a UUID of version 5).
async function recordId(name) {
  const id = new Uint8Array(await crypto.subtle.digest("SHA-1", joined([NAMESPACE, utf8(name)]))).slice(0, 16);
  id[6] = (id[6] & 0x0f) | 0x50;
  id[8] = (id[8] & 0x3f) | 0x80;
  const text = hex(id).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  return `<urn:uuid:${text}>`;
}

async function checkRecords(contents, members, manifests, able, fault) {
  const storeys = manifests.map(storeysOfRecords), cited = contents.finding.values && new Set(contents.finding.values.get("captures"));
  const names = contents.places.map(({ vantage }) => vantage), placeOf = new Map();
  for (const record of contents.records) {
    const member = members.get(record.file), item = `record ${record.number} (${record.capture})`;
    if (!member) continue;
    // Whose key answered may be shown beside what is cited.
    const aside = headerIn(member.start, "WARC-Target-URI")?.startsWith("urn:tls:");
    if (cited && !aside && !cited.has(record.capture)) fault(record.file, item, "added_record", "0");
    const whole = record.state === "redacted" || (member.leaf === record.leaf && String(member.size) === record.size.text);
    const id = able && await recordId(record.capture + (record.type === "request" ? "/request" : ""));
    const named = headerIn(member.start, "WARC-Type") === record.type && (!able || headerIn(member.start, "WARC-Record-ID") === id);
    if (!whole || !named) fault(record.file, item, "changed_record", "0");
    if ((placeOf.get(record.capture) ?? record.place) !== record.place) fault(record.file, item, "shared_capture");
    placeOf.set(record.capture, placeOf.get(record.capture) ?? record.place);
    record.vantage = record.place ? names[record.place - 1] : member.vantage;
    const there = record.place ? member.vantage === record.vantage : member.vantage !== null && !names.includes(member.vantage);
    if (names.length && record.type !== "request" && !there) fault(record.file, item, "other_vantage", member.vantage ?? "");
    checkMarks(record.file, item, member.marks, record.redactions, fault);
    record.ways = wayOf(members, record.proof, record.leaf, item, fault);
    if (record.ways && manifests[record.place] && !leads(record.ways, record.leaf, storeys[record.place])) fault(record.proof, item, "invalid_proof");
  }
}

// trusted: the published fingerprint, "" for none. able: see checkSignature. Gives what there is to show.
async function verifyPack(source, zipName, trusted, able, seen) {
  const fault = faultList();
  const told = { kind: "pack", fault, signatures: new Map(), stamps: [], records: [] };
  let members;
  try {
    members = await readMembers(source, await zipMembers(source), fault, seen);
  } catch (error) {
    if (!(error instanceof PackBroken)) throw error;
    fault(zipName, "", error.problem, error.message);
    return told;
  }
  const files = new Map([...members].map(([name, { content }]) => [name, content]));
  const key = signerOf(files, SIGNER, plainFingerprint(trusted), fault);
  const sign = async (name, signature, key) => told.signatures.set(name, await checkSignature(files, name, signature, key, able, fault));
  let contents = null;
  if (!files.has(CONTENTS)) fault(CONTENTS, "", "missing_file");
  else {
    await sign(CONTENTS, "pack.sig", key);
    try {
      contents = parseContents(files.get(CONTENTS));
    } catch (error) {
      fault(CONTENTS, "", "invalid_manifest", error.message);
    }
  }
  if (contents && key && contents.key !== key.fingerprint) fault(CONTENTS, "key", "foreign_signature", contents.key);
  checkSums(contents, members, fault);
  const signed = async (name, signature, format, key) => {
    if (!files.has(name)) return null;
    await sign(name, signature, key);
    return manifestOf(files.get(name), name, format, key, fault);
  };
  const manifests = [await signed(MANIFEST, "manifest.sig", EVIDENCE_FORMAT, key)], manifest = manifests[0];
  const judged = await signed(JUDGEMENT, "findings.manifest.sig", FINDINGS_FORMAT, key);
  if (contents) {
    checkNames(contents, members, zipName, fault);
    checkBonds(contents, members, manifest, judged, fault);
    manifests.push(...await checkPlaces(contents, members, files, manifest, judged, signed, fault));
    checkFinding(contents, members, judged, fault);
    await checkRecords(contents, members, manifests, able, fault);
  }
  told.stamps = manifests.flatMap((one, place) => checkStamps(files, folderOf(place), one, fault));
  const records = recordsIn(contents, members, source);
  if (able && !fault.found.size) told.witnesses = await checkWitnesses(contents, records, fault);
  return { ...told, key, contents, manifest, judged, members: members.size, records };
}

// What the reader may open: a record is read from the file when it is.
const recordsIn = (contents, members, source) => (contents?.records ?? []).filter(({ file }) => members.has(file)).map((record) => {
  const { at, size } = members.get(record.file);
  return { ...record, total: size, read: (most) => source.blob.slice(at, at + Math.min(size, most)).arrayBuffer() };
});
