// Trees and proofs of RFC 6962. As evidence/signing/merkle.py and the proofs of evidence/pack/format.py.

// On which side the sibling stands at every level of the way up from a leaf. index, size: big integers.
function sides(index, size) {
  const found = [];
  for (let last = size - 1n; last; index >>= 1n, last >>= 1n) {
    if (index & 1n) found.push("left");
    else if (index < last) found.push("right");
  }
  return found;
}

// The root that a proof leads to; null when it proves nothing at this place.
function rootOf({ index, size, path }, leaf) {
  const wanted = index < size ? sides(index, size) : null;
  if (!wanted || wanted.length !== path.length || path.some(({ side }, i) => side !== wanted[i])) return null;
  return path.reduce((node, { side, hash }) => (side === "left" ? nodeHash(hash, node) : nodeHash(node, hash)), leaf);
}

// { leaf, ways: a proof for each tree }; null when it is nothing that govah writes.
function parseProof(bytes) {
  const [first, ...lines] = latin1(bytes).split("\n");
  const leaf = /^leaf ([0-9a-f]{64})$/.exec(first)?.[1];
  if (!leaf || lines.pop() !== "") return null;
  const ways = [];
  for (const line of lines) {
    const place = /^([a-z][a-z0-9-]{0,40}) (0|[1-9]\d{0,17}) ([1-9]\d{0,17})$/.exec(line);
    const step = /^(left|right) ([0-9a-f]{64})$/.exec(line);
    if (place) ways.push({ tree: place[1], index: BigInt(place[2]), size: BigInt(place[3]), path: [] });
    else if (step && ways.length) ways.at(-1).path.push({ side: step[1], hash: unhex(step[2]) });
    else return null;
  }
  return { leaf, ways };
}

// storeys: for each tree of the way, maps from its name to [size, root] as signed. The root of one is a leaf of the next.
function leads(ways, leaf, storeys) {
  let node = unhex(leaf);
  return ways.length === storeys.length && ways.every((proof, i) => {
    const [size, signed] = storeys[i].get(proof.tree) ?? [];
    const root = size === String(proof.size) ? rootOf(proof, node) : null;
    node = root;
    return root !== null && hex(root) === signed;
  });
}

const countAt = (value, path) => {
  const count = valueAt(value, path);
  return count instanceof JsonNumber ? count.text : undefined;
};

const storeysOfFindings = (judged) => [new Map([["findings", [countAt(judged, "findings.count"), hashAt(judged, "findings.root")]]])];

// The trees of the shards, and the one over them.
function storeysOfRecords(manifest) {
  const shards = valueAt(manifest, "records.shards");
  const below = new Map([...(shards instanceof Map ? shards : [])].map(([name, shard]) => [name, [countAt(shard, "count"), hashAt(shard, "root")]]));
  return [below, new Map([["shards", [String(below.size), hashAt(manifest, "records.root")]]])];
}
