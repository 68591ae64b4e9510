"""The JavaScript that reckons the contrast of Persian text to its ground, where the ground is certain.

A part of the wide measurement of `crawler.browser.accessibility.scripts`, whose `PRELUDE` it stands on. Where it is not certain
what lies behind a text, its letters are counted as unknown; concludes nothing.
"""

from __future__ import annotations

# Colours behind text: known only where one plain colour is certain to lie there. Ancestors tell it, unless a picture
# or a positioned box that is none of them lies in the same place.
CONTRAST = """
const colour = text => {
  const found = /^rgba?\\(([\\d.]+), ([\\d.]+), ([\\d.]+)(?:, ([\\d.]+))?\\)$/.exec(text);
  return found && {c: [+found[1], +found[2], +found[3]], a: found[4] === undefined ? 1 : +found[4]};
};
const over = (top, below) => top.c.map((value, i) => value * top.a + below[i] * (1 - top.a));
const light = c => {
  const [r, g, b] = c.map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
const grounds = new Map();
const ground = e => {
  if (!e || typeOf(e) !== 1) return e && e.host ? ground(e.host) : [255, 255, 255];
  if (grounds.has(e)) return grounds.get(e);
  grounds.set(e, null);
  const s = style(e), own = colour(s.backgroundColor);
  let found = null;
  const plain = s.backgroundImage === 'none' && s.filter === 'none' && s.mixBlendMode === 'normal' && own;
  if (plain && own.a === 1) found = own.c;
  else if (plain && !['absolute', 'fixed', 'sticky'].includes(s.position) && s.transform === 'none') {
    const below = ground(parentOf(e));
    found = below && over(own, below);
  }
  grounds.set(e, found);
  return found;
};
const hex = c => '#' + c.map(v => Math.round(v).toString(16).padStart(2, '0')).join('');
const contrast = {letters: 0, below: 0, unknown: 0, worst: null, examples: []};
const layers = [], faint = [];
const coloured = s => s.backgroundImage !== 'none' || !/^rgba\\(.*, 0\\)$/.test(s.backgroundColor);
const LAYER = new Set('img video canvas svg iframe object embed picture'.split(' '));
const judgeLayer = (e, name, s) => {
  if (layers.length >= 2000) return;
  const loose = ['absolute', 'fixed', 'sticky'].includes(s.position);
  if (LAYER.has(name) || (loose && coloured(s))) layers.push({e, b: box(e)});
  if (s.position !== 'static' && ['::before', '::after'].some(part => {
    const p = getComputedStyle(e, part);
    return p.content !== 'none' && p.content !== 'normal' && ['absolute', 'fixed'].includes(p.position) && coloured(p);
  })) layers.push({e: null, b: box(e)});
};
const covered = (e, b) => layers.some(layer => (!layer.e || !layer.e.contains(e)) && layer.b.left < b.right
  && b.left < layer.b.right && layer.b.top < b.bottom && b.top < layer.b.bottom);
const settleContrast = () => {
  for (const {e, n, entry} of faint) {
    if (covered(e, box(e))) { contrast.unknown += n; continue; }
    contrast.below += n;
    if (contrast.worst === null || entry.ratio < contrast.worst) contrast.worst = entry.ratio;
    example(contrast.examples, entry);
  }
};
const judgeContrast = (e, text, n, above) => {
  const s = style(e), ink = colour(s.color), behind = above.faded ? null : ground(e);
  contrast.letters += n;
  if (!ink || !behind || s.textShadow !== 'none' || s.webkitTextFillColor !== s.color) { contrast.unknown += n; return; }
  const value = ratio(over(ink, behind), behind), size = parseFloat(s.fontSize);
  const needed = size >= 24 || (size >= 18.66 && +s.fontWeight >= 700) ? 3 : 4.5;
  if (value >= needed || faint.length >= 3000) return;
  faint.push({e, n, entry: {selector: selector(e), text: squeeze(text, 60), ratio: round(value), needed,
                            color: hex(over(ink, behind)), background: hex(behind)}});
};
"""
