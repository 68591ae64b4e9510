// SHA-256 and CRC-32 of streams. WebCrypto hashes only what is in memory as a whole, and only in a secure context.

const PRIMES = [];
for (let number = 2; PRIMES.length < 64; number++) if (PRIMES.every((prime) => number % prime)) PRIMES.push(number);
const fraction = (root) => (root * 2 ** 32) | 0; // the first 32 bits behind the point
const SHA_START = Int32Array.from(PRIMES.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
const SHA_ROUNDS = Int32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));

class Sha256 {
  constructor() {
    this.state = SHA_START.slice();
    this.rest = new Uint8Array(64); // the beginning of a block that is not complete yet
    this.words = new Int32Array(64);
    this.length = 0;
  }

  update(bytes) {
    let at = 0;
    const used = this.length % 64;
    this.length += bytes.length;
    if (used) {
      at = Math.min(64 - used, bytes.length);
      this.rest.set(bytes.subarray(0, at), used);
      if (used + at < 64) return this;
      this.compress(this.rest, 0);
    }
    for (; at + 64 <= bytes.length; at += 64) this.compress(bytes, at);
    this.rest.set(bytes.subarray(at));
    return this;
  }

  compress(bytes, at) {
    const w = this.words, state = this.state;
    for (let i = 0; i < 16; i++, at += 4) w[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15], y = w[i - 2];
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
    }
    let a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
    for (let i = 0; i < 64; i++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + SHA_ROUNDS[i] + w[i]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
    }
    state[0] += a; state[1] += b; state[2] += c; state[3] += d; state[4] += e; state[5] += f; state[6] += g; state[7] += h;
  }

  digest() {
    const bits = this.length * 8;
    const end = new Uint8Array(((119 - (this.length % 64)) % 64) + 9);
    end[0] = 0x80;
    const view = new DataView(end.buffer);
    view.setUint32(end.length - 8, Math.floor(bits / 2 ** 32));
    view.setUint32(end.length - 4, bits >>> 0);
    this.update(end);
    const digest = new DataView(new ArrayBuffer(32));
    this.state.forEach((word, i) => digest.setInt32(4 * i, word));
    return new Uint8Array(digest.buffer);
  }
}

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), new Sha256()).digest();
const leafHash = () => new Sha256().update(Uint8Array.of(0)); // RFC 6962: of a leaf, to be updated
const nodeHash = (left, right) => sha256(Uint8Array.of(1), left, right);

const CRC_TABLE = Int32Array.from({ length: 256 }, (_, i) => {
  for (let bit = 0; bit < 8; bit++) i = i & 1 ? (i >>> 1) ^ 0xedb88320 : i >>> 1;
  return i;
});

function crc32(bytes, crc = 0) {
  crc = ~crc;
  for (let i = 0; i < bytes.length; i++) crc = CRC_TABLE[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}
