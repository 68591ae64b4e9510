// Other vantage points in a pack: each under its own key, and of those that the findings rest on. As evidence/pack/places.py.

const A_DAY = 864e8; // in millionths of a second

// Gives the manifest of each.
async function checkPlaces(contents, members, files, own, judged, signed, fault) {
  const also = valueAt(judged, "judged.settings.also"), manifests = [];
  let before = -1;
  for (const [i, place] of contents.places.entries()) {
    const folder = folderOf(i + 1), name = folder + MANIFEST, signer = folder + SIGNER;
    const manifest = await signed(name, `${folder}manifest.sig`, EVIDENCE_FORMAT, signerOf(files, signer, place.key || " ", fault));
    if (files.has(name) && members.get(name).sha256 !== place.manifest) fault(CONTENTS, name, "changed_field", members.get(name).sha256);
    if (place.key === contents.key) fault(signer, "", "own_key", place.key);
    if (manifest && manifest.get("round") !== contents.round) fault(name, "round", "other_round", String(manifest.get("round")));
    if (own && manifest) {
      const fields = [[name, manifest], [MANIFEST, own]].flatMap(([file, values]) => ["opened", "created"].map((field) => [file, field, timeAt(values, field)]));
      for (const [file, field, time] of fields) if (Number.isNaN(time)) fault(file, field, "invalid_manifest");
      const [opened, created, began, sealed] = fields.map(([, , time]) => time);
      if (began - opened > A_DAY) fault(name, "opened", "older_crawl");
      else if (opened - sealed > A_DAY || created - sealed > 7 * A_DAY) fault(name, "opened", "later_crawl");
    }
    const at = Array.isArray(also) ? also.findIndex((one) => valueAt(one, "key") === place.key && valueAt(one, "manifest") === place.manifest) : -1;
    if (judged && at <= before) fault(JUDGEMENT, "judged.settings.also", "changed_vantage", place.manifest);
    before = Math.max(at, before);
    manifests.push(manifest);
  }
  return manifests;
}
