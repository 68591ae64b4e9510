// Canonical JSON, and nothing else: sorted keys, no spaces, numbers as Python writes them, each key once.
// Objects become maps and numbers keep their text, so that no name and no size is lost on the way.

const DEEPEST = 100;

class JsonNumber {
  constructor(text) { this.text = text; }
}

// As Python writes a float.
function floatText(value) {
  if (!Number.isFinite(value)) throw new SyntaxError();
  const [digits, exponent] = value.toExponential().split("e");
  const power = Number(exponent);
  if (value !== 0 && (power < -4 || power >= 16)) {
    return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  }
  const sign = Object.is(value, -0) ? "-" : "";
  const plain = power < 0 ? value.toFixed(Math.max(0, digits.replace(/^-?\d\.?/, "").length - power)) : String(value);
  return sign + plain + (plain.includes(".") ? "" : ".0");
}

// Throws for any other text.
function parseCanonical(bytes) {
  const text = strictText(bytes);
  const token = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[[\]{},:]/sy;
  let at = 0;
  const wrong = () => { throw new SyntaxError(`character ${at}`); };
  const next = () => {
    token.lastIndex = at;
    const found = token.exec(text)?.[0] ?? wrong();
    at += found.length;
    return found;
  };
  const take = (wanted) => { if (text[at] !== wanted) wrong(); at += 1; };
  const string = (raw) => {
    if (raw[0] !== '"') wrong();
    const value = JSON.parse(raw);
    if (JSON.stringify(value) !== raw || /\p{Cs}/u.test(value)) wrong();
    return value;
  };
  const number = (raw) => {
    const whole = /^-?(?:0|[1-9]\d*)$/.test(raw) && raw !== "-0" && raw.length <= 4300;
    if (!whole && !(/^-?\d+(?:\.\d+)?(?:e[+-]\d+)?$/.test(raw) && /[.e]/.test(raw) && floatText(Number(raw)) === raw)) wrong();
    return new JsonNumber(raw);
  };
  const value = (depth) => {
    if (depth > DEEPEST && "[{".includes(text[at])) wrong();
    const raw = next();
    if (raw === "[") {
      const list = [];
      if (text[at] === "]") { at += 1; return list; }
      for (;;) {
        list.push(value(depth + 1));
        if (text[at] === "]") { at += 1; return list; }
        take(",");
      }
    }
    if (raw === "{") {
      const map = new Map();
      let last = null;
      if (text[at] === "}") { at += 1; return map; }
      for (;;) {
        const key = string(next());
        if (last !== null && byCodePoint(last, key) >= 0) wrong();
        take(":");
        map.set((last = key), value(depth + 1));
        if (text[at] === "}") { at += 1; return map; }
        take(",");
      }
    }
    if (raw === "true" || raw === "false" || raw === "null") return JSON.parse(raw);
    return raw[0] === '"' ? string(raw) : number(raw);
  };
  const found = value(1);
  if (at !== text.length) wrong();
  return found;
}

function parseCanonicalLine(bytes) {
  if (bytes.at(-1) !== 10) throw new SyntaxError();
  return parseCanonical(bytes.subarray(0, -1));
}

// The value at a dotted path; undefined when there is none.
const valueAt = (value, path) => path.split(".").reduce((inner, name) => (inner instanceof Map ? inner.get(name) : undefined), value);

function hashAt(value, path) {
  const found = valueAt(value, path);
  return typeof found === "string" && /^[0-9a-f]{64}$/.test(found) && found !== "0".repeat(64) ? found : null;
}
