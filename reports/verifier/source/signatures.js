// What is found wrong, and whose signature it is. As evidence/fault.py and evidence/signing.

const MANIFEST = "manifest.json", JUDGEMENT = "findings.manifest.json", SIGNER = "signer.pem", SUMS = "SHA256SUMS";
const CONTENTS = "pack.json", FINDING_PROOF = "proofs/finding.txt", FINDINGS = "findings.jsonl";
const MOST_FAULTS = 1000;

// A function that adds a fault, each once and up to a bound. found: those so far.
function faultList() {
  const fault = (file, item, problem, detail = "") => {
    const more = fault.found.size >= MOST_FAULTS;
    const one = more ? { file, item: "", problem: "too_many", detail: String(MOST_FAULTS) } : { file, item, problem, detail };
    if (fault.found.size < 2 * MOST_FAULTS) fault.found.set(JSON.stringify(one), one);
  };
  fault.found = new Map();
  return fault;
}

const ED25519 = unhex("302a300506032b6570032100"); // SubjectPublicKeyInfo, before the 32 bytes of the key

// The key of signer.pem in the one form that govah writes; null for anything else.
function keyOf(pem) {
  const body = /^-----BEGIN PUBLIC KEY-----\n([A-Za-z0-9+/]{59}=)\n-----END PUBLIC KEY-----\n$/.exec(latin1(pem))?.[1];
  const der = body ? unbase64(body) : new Uint8Array();
  if (!body || btoa(String.fromCharCode(...der)) !== body || !same(der.subarray(0, 12), ED25519)) return null;
  return { raw: der.subarray(12), fingerprint: hex(sha256(der)) };
}

// Whether this browser verifies Ed25519, here: WebCrypto needs a secure context (https, or a page opened from the disk).
async function knowsEd25519() {
  try {
    await crypto.subtle.importKey("raw", new Uint8Array(32), "Ed25519", false, ["verify"]);
    return true;
  } catch {
    return false;
  }
}

async function signedBy(key, signature, content) {
  const imported = await crypto.subtle.importKey("raw", key.raw, "Ed25519", false, ["verify"]);
  return crypto.subtle.verify("Ed25519", imported, signature, content);
}

const plainFingerprint = (text) => text.replaceAll(":", "").trim().toLowerCase();

// The key of a file. trusted: its fingerprint as it has to be, "" for any.
function signerOf(files, name, trusted, fault) {
  const key = files.has(name) ? keyOf(files.get(name)) : null;
  if (!key) fault(name, "", files.has(name) ? "changed_file" : "missing_file");
  else if (trusted && key.fingerprint !== trusted) fault(name, "", "foreign_signature", key.fingerprint);
  return key;
}

// files: bytes by name. able: whether the browser can verify signatures at all. Gives what to say of this signature.
async function checkSignature(files, name, signature, key, able, fault) {
  if (!files.has(signature)) fault(signature, "", "missing_signature");
  else if (key && able) {
    if (await signedBy(key, files.get(signature), files.get(name))) return "valid";
    fault(name, signature, "invalid_signature");
  }
  return able ? "invalid" : "unchecked";
}

// A manifest in canonical form; null when it is none.
function manifestOf(bytes, name, format, key, fault) {
  let manifest = null;
  try {
    manifest = parseCanonicalLine(bytes);
  } catch (error) {
    fault(name, "", "invalid_manifest", error.message);
    return null;
  }
  if (!(manifest instanceof Map) || manifest.get("format") !== format) {
    fault(name, "format", "invalid_manifest");
    return null;
  }
  const named = manifest.get("key");
  if (key && named !== key.fingerprint) fault(name, "key", "foreign_signature", String(named));
  return manifest;
}

const EVIDENCE_FORMAT = "govah-evidence-manifest/1", FINDINGS_FORMAT = "govah-findings-manifest/1";
