// The page: takes files, shows what was found. Texts of others enter as text nodes alone.

let language = "fa", result = null, run = 0, given = [];

const has = (key) => key in TEXTS;
const t = (key, values = {}) => (TEXTS[key]?.[language === "fa" ? 0 : 1] ?? visible(key)).replace(/\{(\w+)\}/g, (_, name) => visible(String(values[name] ?? "")));

function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) node.setAttribute(name, value);
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return node;
}

const code = (text) => el("code", { dir: "ltr" }, visible(text));
const block = (text) => el("pre", { dir: "auto", tabindex: 0 }, visible(text.replaceAll("\r\n", "\n"), MOST_SHOWN));
const rows = (pairs) => el("dl", null, pairs.filter(([, value]) => value !== null && value !== undefined && value !== "")
  .map(([name, value]) => [el("dt", null, t(name)), el("dd", null, value instanceof Node ? value : code(value))]));
const section = (title, ...children) => el("section", null, el("h2", null, t(title)), ...children);
const list = (items) => el("ul", null, items.map((item) => el("li", null, item)));
// Texts of the catalogue, with `code` in them.
const marked = (text) => text.split("`").map((part, i) => (i % 2 ? code(part) : part));
const kindsOf = (redactions) => [...redactions].map(([kind, count]) => t(`pack_kind.${kind}`) + ` (${count.text})`).join(t("comma"));

function wayShown(ways) {
  const steps = (ways ?? []).flatMap(({ tree, index, size, path }) =>
    [`${tree}: ${index} / ${size}`, ...path.map(({ side, hash }) => `${side} ${hex(hash)}`)]);
  return el("details", null, el("summary", null, t("way")), block(steps.join("\n")));
}

function verdictShown() {
  const { fault, verdict } = result;
  const found = [...fault.found.values()];
  return el("section", { id: "verdict", class: verdict, "data-verdict": verdict, "data-run": run, role: "status" },
    el("h2", null, t(TEXTS[verdict] ? verdict : `${verdict}_${result.kind}`)),
    el("p", null, marked(t(`${verdict}_text`, { count: found.length }))),
    verdict === "unknown" ? block(COMMANDS) : null,
    found.length ? el("ul", { class: "faults" }, found.map((one) =>
      el("li", { "data-file": one.file, "data-problem": one.problem },
        code(one.file), " ", one.item ? [code(one.item), " "] : "", marked(t(has(`fault.${one.problem}`) ? `fault.${one.problem}` : "fault_place", { count: 1, ...one }))))) : null);
}

function signaturesShown() {
  const { key, signatures, trusted, members, contents } = result;
  return section("signatures",
    rows([["fingerprint", key?.fingerprint], ["files", String(members ?? "")]]),
    key ? el("p", null, t(trusted && plainFingerprint(trusted) === key.fingerprint ? "key_same" : "key_compare")) : null,
    contents?.places.length ? [el("p", null, t("places")), list(contents.places.map(({ vantage, key }) => [visible(vantage), " ", code(key)]))] : null,
    list([...signatures].map(([name, state]) => [code(name), " ", t(state)])));
}

function findingShown() {
  const { contents, judged } = result;
  if (result.kind === "round") return section("findings", rows([["round", String(judged?.get("round") ?? "")], ["count", countAt(judged, "findings.count")]]));
  const finding = contents.finding, values = finding.values;
  const subject = values?.get("subject");
  return section("finding",
    rows([["finding", finding.id], ["round", contents.round], ["agency", valueAt(values, "agency")], ["subject", valueAt(subject, "id")],
      ["address", valueAt(subject, "url")], ["check", valueAt(values, "check")],
      ["verdict", has(`verdict.${valueAt(values, "verdict")}`) ? el("strong", null, t(`verdict.${valueAt(values, "verdict")}`)) : valueAt(values, "verdict")],
      ["reason", valueAt(values, "reason")], ["leaf", finding.leaf]].map(([name, value]) => [name, value instanceof Node || isText(value) ? value : null])),
    values ? el("details", null, el("summary", null, t("whole")), block(JSON.stringify(JSON.parse(strictText(finding.line)), null, 2))) : null,
    finding.ways ? wayShown(finding.ways) : null);
}

function recordShown(record) {
  const inside = el("div", null, "…");
  const type = has(`pack_type.${record.type}`) ? t(`pack_type.${record.type}`) : visible(record.type);
  const details = el("details", { class: "record" }, el("summary", null, `${record.number}. ${type} `, code(record.file), record.vantage ? ` ${visible(record.vantage)}` : ""), inside);
  details.addEventListener("toggle", () => details.open && openRecord(record, inside), { once: true });
  return details;
}

async function openRecord(record, inside) {
  try {
    const { head, heads, text, picture, note } = await readRecord(record);
    let known = {};
    try {
      known = JSON.parse(headerIn(head, "Govah-Capture"));
    } catch { /* a record of no capture */ }
    const said = (name) => (isText(known?.[name]) ? known[name] : null);
    inside.replaceChildren(el("div", null,
      rows([["address", headerIn(head, "WARC-Target-URI")], ["time", headerIn(head, "WARC-Date")], ["vantage", said("vantage")], ["leaf", record.leaf]]),
      record.state === "redacted" ? el("p", null, t("pack.state_redacted"), `: ${kindsOf(record.redactions)}`) : "",
      note ? el("p", { class: "note" }, t(note)) : "",
      picture ? pictureNode(picture) : "",
      text ? [el("h3", null, t("text")), block(text)] : "",
      heads ? [el("h3", null, t("heads")), block(heads)] : "",
      el("details", null, el("summary", null, t("head")), block(head)),
      record.ways ? wayShown(record.ways) : ""));
  } catch (error) {
    inside.replaceChildren(el("p", { class: "note" }, error instanceof PackBroken ? t(`fault.${error.problem}`, { detail: error.message }) : t("not_shown")));
  }
}

function pictureNode(picture) {
  const image = el("img", { alt: t("picture") });
  image.src = URL.createObjectURL(picture);
  image.addEventListener("error", () => image.replaceWith(t("not_shown")));
  return image;
}

function redactionsShown() {
  const { finding, records, kept } = result.contents;
  const redacted = [finding, ...records].filter(({ redactions }) => redactions.size);
  return section("redactions",
    redacted.length ? list(redacted.slice(0, MOST_RECORDS).map(({ file, redactions }) => [code(file), " ", kindsOf(redactions)])) : t("none"),
    kept.length ? el("p", null, t("kept"), kept.map((kind) => t(`pack_kind.${kind}`)).join(t("comma"))) : null);
}

const stampsShown = () => section("stamps", result.stamps.length
  ? [list(result.stamps.map(({ file, time }) => [code(file), " ", code(new Date(time).toISOString())])), el("p", null, marked(t("stamps_text")))]
  : t("none"));

// Whose keys answered.
function witnessesShown() {
  const { proved, without } = result.witnesses;
  return section("witnesses", el("p", null, t("witness_text")), list([...proved].map(([id, { host, version, time, certificate, names, signed }]) =>
    el("span", { "data-capture": id }, code(`${host} ${version} ${time} ${certificate}`), signed ? "" : ` ${t("unchecked")}`, names ? "" : ` ${t("unnamed")}`))),
    without.length ? [t("without"), code(without.join(" "))] : null);
}

const limits = () => section("pack.not", list(["not_proven", "not_original", "not_copy"].map((key) => t(key))));

function resultShown() {
  const { contents, kind, records } = result;
  const pack = kind === "pack";
  if (pack && !contents) return [verdictShown()];
  return [verdictShown(), findingShown(),
    records.length || pack ? section("records", el("p", null, t("inert")), ...records.slice(0, MOST_RECORDS).map(recordShown)) : null,
    signaturesShown(), result.witnesses?.proved.size || result.witnesses?.without.length ? witnessesShown() : null, pack ? stampsShown() : null, pack ? redactionsShown() : null, limits()];
}

function draw() {
  document.documentElement.lang = language;
  document.documentElement.dir = language === "fa" ? "rtl" : "ltr";
  document.title = t("title");
  const other = language === "fa" ? "en" : "fa";
  const change = el("button", { id: "language", lang: other }, t("other"));
  change.addEventListener("click", () => { language = other; draw(); document.getElementById("language").focus(); });
  const input = el("input", { type: "file", multiple: "" });
  input.addEventListener("change", () => verify([...input.files]));
  const published = el("input", { id: "published", dir: "ltr", value: result?.trusted ?? "" });
  published.addEventListener("change", () => given.length && verify(given));
  document.getElementById("page").replaceChildren(...[
    el("header", null, el("h1", null, t("title")), change),
    el("p", null, t("lede")),
    el("label", { class: "drop" }, el("strong", null, t("choose")), input),
    el("label", null, t("published"), published),
    el("p", { class: "note" }, marked(t("round_too"))),
    el("p", { id: "progress", role: "status" }),
    el("div", { id: "result" }, ...(result ? resultShown() : [limits()]).filter(Boolean)),
  ]);
}

async function verify(files) {
  if (!files.length) return;
  const own = ++run, total = files.reduce((sum, file) => sum + file.size, 0), trusted = document.getElementById("published").value;
  given = files;
  let done = 0, told = 0;
  const seen = async (bytes) => {
    if (own !== run) throw new Error("another file");
    done += bytes;
    if (done - told < 16 * STEP) return;
    told = done;
    document.getElementById("progress").textContent = t("working", { done: Math.round(done / 1e6), total: Math.round(total / 1e6) });
    await new Promise((resolve) => setTimeout(resolve)); // the page stays awake
  };
  try {
    const able = await knowsEd25519();
    const found = files.length === 1 && !ROUND_FILE.test(files[0].name)
      ? await verifyPack(new Source(files[0]), files[0].name, trusted, able, seen)
      : await verifyRound(files, trusted, able, seen);
    const verdict = found.fault.found.size ? "fails" : able ? "verifies" : "unknown";
    result = { ...found, trusted, verdict };
  } catch (error) {
    if (own !== run) return;
    const fault = faultList();
    fault(files[0].name, "", "invalid_pack", error.message);
    result = { kind: "pack", fault, verdict: "fails", trusted };
  }
  draw();
}

const ROUND_FILE = /\.(jsonl|json|sig|pem|txt|gz)$|^SHA256SUMS$/;
const COMMANDS = ["pack", "manifest", "findings.manifest"].map((name) =>
  `openssl pkeyutl -verify -pubin -inkey signer.pem -rawin -in ${name}.json -sigfile ${name}.sig`).join("\n");

document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  verify([...event.dataTransfer.files]);
});
draw();
