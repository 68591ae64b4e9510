// Files of a round, dropped by themselves: findings with their seal, and whatever of the evidence lies beside them.
// As parts of evidence/verify; `govah verify ROUND` looks at everything.

const JUDGED = [FINDINGS, JUDGEMENT, "findings.manifest.sig", SIGNER];
const SMALL_FILES = [...JUDGED.slice(1), MANIFEST, "manifest.sig"];
const MOST_RECORDS = 200, MOST_RECORD = 64 << 20;

async function digestOfFile(file, seen) {
  const hash = new Sha256();
  for await (const chunk of new Source(file).chunks(0, file.size)) {
    hash.update(chunk);
    await seen(chunk.length);
  }
  return hex(hash.digest());
}

// all: Files. Segments of several shards have one name; of others, the second is none of the round's.
async function verifyRound(all, trusted, able, seen) {
  const fault = faultList(), signatures = new Map(), files = new Map(), given = new Map(all.map((file) => [file.name, file]));
  for (const file of all) if (given.get(file.name) !== file && !file.name.endsWith(".gz")) fault(file.name, "", "extra_file");
  for (const name of SMALL_FILES) {
    const file = given.get(name);
    if (file && file.size <= 4 << 20) files.set(name, new Uint8Array(await file.arrayBuffer()));
  }
  for (const name of JUDGED) if (!given.has(name) && name !== SIGNER) fault(name, "", name.endsWith(".sig") ? "missing_signature" : "missing_file");
  const key = signerOf(files, SIGNER, plainFingerprint(trusted), fault);
  const signed = async (name, signature, format) => {
    if (!files.has(name)) return null;
    if (files.has(signature)) signatures.set(name, await checkSignature(files, name, signature, key, able, fault));
    return manifestOf(files.get(name), name, format, key, fault);
  };
  const judged = await signed(JUDGEMENT, "findings.manifest.sig", FINDINGS_FORMAT);
  const manifest = await signed(MANIFEST, "manifest.sig", EVIDENCE_FORMAT);
  if (manifest && !files.has("manifest.sig")) fault("manifest.sig", "", "missing_signature");
  if (judged && files.has(MANIFEST) && judged.get("evidence") !== hex(sha256(files.get(MANIFEST)))) fault(JUDGEMENT, "evidence", "stale_findings");
  if (given.has(FINDINGS) && judged && await digestOfFile(given.get(FINDINGS), seen) !== hashAt(judged, "findings.sha256")) {
    fault(FINDINGS, "", "changed_file");
  }
  const records = await checkArchive(all, given, manifest, fault, seen);
  return { kind: "round", fault, signatures, key, contents: null, manifest, judged, stamps: [], records, members: all.length };
}

// SHA256SUMS by the manifest, every file by SHA256SUMS, and the records of a segment by records.txt.
async function checkArchive(all, given, manifest, fault, seen) {
  const sums = given.get(SUMS), leaves = given.get("records.txt"), records = [];
  if (!manifest || !sums || sums.size > MOST_RECORD) return records;
  if (await digestOfFile(sums, seen) !== hashAt(manifest, "sha256sums")) fault(SUMS, "", "changed_file");
  const listed = new Map();
  for (const line of looseText(new Uint8Array(await sums.arrayBuffer())).split("\n")) {
    const name = line.slice(66).split("/").at(-1);
    listed.set(name, [...(listed.get(name) ?? []), { hash: line.slice(0, 64), path: line.slice(66) }]);
  }
  for (const file of all) {
    const { name } = file;
    if (!/^records\.txt$|^signer\.pem$|\.warc\.gz$/.test(name)) continue;
    const found = await digestOfFile(file, seen), entry = (listed.get(name) ?? []).find(({ hash }) => hash === found);
    if (!entry) fault(name, "", listed.has(name) ? "changed_file" : "extra_file");
    else if (name.endsWith(".gz") && leaves && leaves.size <= MOST_RECORD) records.push(...recordsOf(file, entry.path, await leaves.text()));
  }
  return records.slice(0, MOST_RECORDS).map((record, i) => ({ ...record, number: i + 1 }));
}

// One gzip member each, unpacked when it is opened. Its leaf is compared then.
function recordsOf(file, path, leaves) {
  const found = [];
  for (const line of leaves.split("\n")) {
    const [leaf, name, offset, length] = line.split(" ");
    if (name !== path) continue;
    const packedBytes = file.slice(Number(offset), Number(offset) + Number(length));
    const read = async () => {
      const bytes = await bounded(packedBytes.stream().pipeThrough(new DecompressionStream("gzip")), MOST_RECORD);
      if (hex(leafHash().update(bytes).digest()) !== leaf) throw new PackBroken("changed_record", offset);
      return bytes;
    };
    found.push({ file: `${path} ${offset}`, state: "whole", type: "", leaf, total: 0, read });
    if (found.length === MOST_RECORDS) break;
  }
  return found;
}
