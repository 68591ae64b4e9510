// The zip around a pack, which has one form: heads say every byte of it. As evidence/pack/zip_file.py.

const MOST_BYTES = 2 ** 31, MOST_MEMBERS = 9999, LONGEST_NAME = 6000;
const LOCAL = 0x04034b50, ENTRY = 0x02014b50, END = 0x06054b50;
const VERSION = 20, DAY = 33, UNIX = 0x314, FILE = (0o100644 * 2 ** 16) >>> 0;

class PackBroken extends Error {
  constructor(problem, detail) {
    super(detail);
    this.problem = problem;
  }
}

// sizes and values: of the fields of a head, in bytes and in their order.
function packed(sizes, values, name = new Uint8Array()) {
  const view = new DataView(new ArrayBuffer(sizes.reduce((sum, size) => sum + size, 0)));
  let at = 0;
  sizes.forEach((size, i) => {
    if (size === 2) view.setUint16(at, values[i], true);
    else view.setUint32(at, values[i], true);
    at += size;
  });
  return joined([new Uint8Array(view.buffer), name]);
}

const entryOf = ({ name, crc, size, at }) => packed(
  [4, 2, 2, 2, 2, 2, 2, 4, 4, 4, 2, 2, 2, 2, 2, 4, 4],
  [ENTRY, UNIX, VERSION, 0, 0, 0, DAY, crc, size, size, name.length, 0, 0, 0, 0, FILE, at], name);

async function zipMember(source, at, first) {
  const head = await source.read(at, 30);
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const mark = head.length < 4 ? 0 : view.getUint32(0, true);
  if (mark === ENTRY || mark === END) return null;
  if (head.length < 30 || mark !== LOCAL) {
    throw new PackBroken(first || source.size - at < 30 ? "invalid_pack" : "changed_zip", `byte ${at}`);
  }
  const short = (offset) => view.getUint16(offset, true), long = (offset) => view.getUint32(offset, true);
  const [crc, size, length] = [long(14), long(22), short(26)];
  const fields = [[short(4), VERSION], [short(6), 0], [short(8), 0], [short(10), 0], [short(12), DAY], [long(18), size], [short(28), 0]];
  if (length > LONGEST_NAME) throw new PackBroken("invalid_pack", `byte ${at}`);
  const name = (await source.read(at + 30, length)).slice();
  const start = at + 30 + length;
  if (name.length < length || start + size > source.size) throw new PackBroken("invalid_pack", `byte ${at}`);
  if (fields.some(([found, wanted]) => found !== wanted)) throw new PackBroken("changed_zip", looseText(name).slice(0, 200));
  return { name, crc, size, at, start };
}

async function zipMembers(source) {
  const tooMuch = () => new PackBroken("invalid_pack", `> ${MOST_BYTES}, ${MOST_MEMBERS}`);
  if (source.size > MOST_BYTES + 3 * MOST_MEMBERS * LONGEST_NAME) throw tooMuch();
  const members = [];
  let at = 0;
  for (let member; (member = await zipMember(source, at, !members.length)); ) {
    members.push(member);
    at = member.start + member.size;
    if (members.length > MOST_MEMBERS || at > MOST_BYTES) throw tooMuch();
  }
  const start = at;
  for (const member of members) {
    const wanted = entryOf(member);
    if (!same(await source.read(at, wanted.length), wanted)) throw new PackBroken("changed_zip", looseText(member.name).slice(0, 200));
    at += wanted.length;
  }
  const end = packed([4, 2, 2, 2, 2, 4, 4, 2], [END, 0, 0, members.length, members.length, at - start, start, 0]);
  if (!same(await source.read(at, end.length), end) || at + end.length !== source.size) throw new PackBroken("changed_zip", "PK");
  return members;
}
