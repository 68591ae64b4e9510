"""The JavaScript that measures a page in a window as wide as a telephone: what sticks out, what is too small.

Runs in an isolated world, on `PRELUDE` of `crawler.browser.accessibility.scripts`. Counts and gives examples; concludes
nothing. Sizes are pixels of the style sheet in a layout 360 wide, whatever the viewport tag says.
"""

from __future__ import annotations

from crawler.browser.accessibility.scripts import PRELUDE

# The deepest elements that stick out on the side to which one can scroll are the cause; a word has no box of its own.
_WIDER = """
const width = root.clientWidth, overflow = Math.max(0, Math.max(root.scrollWidth, body ? body.scrollWidth : 0) - width);
const wider = {count: 0, examples: []}, causes = new Map();
const rtl = body && style(body).direction === 'rtl' || style(root).direction === 'rtl';
const beyond = b => b.width > 0 && b.height > 0 ? Math.round(rtl ? -b.left : b.right - width) : 0;
const CAUSE = {table: 'table', td: 'table', th: 'table', tr: 'table', tbody: 'table', img: 'image', svg: 'image', video: 'image',
               canvas: 'image', picture: 'image', iframe: 'frame', object: 'frame', pre: 'text', input: 'field',
               select: 'field', textarea: 'field'};
const judgeBox = (e, name, above) => {
  if (above.clipped || !overflow || !seen(e)) return;
  const by = beyond(box(e));
  if (by <= 1) return;
  for (let at = parentOf(e); at && causes.has(at); at = parentOf(at)) if (!['table', 'image'].includes(causes.get(at).cause)) causes.delete(at);
  if (['td', 'th', 'tr', 'tbody', 'thead'].includes(name) || (closest(e, 'table') && name !== 'table' && causes.has(closest(e, 'table')))) return;
  if (causes.size < 400) causes.set(e, {selector: selector(e), cause: CAUSE[name] || 'box', width: Math.round(box(e).width), beyond: by});
};
const judgeWord = (node, e, text, above) => {
  if (above.clipped || !overflow || causes.has(e) || !/\\S{15,}/.test(text)) return;
  const range = document.createRange();
  range.selectNodeContents(node);
  const b = range.getBoundingClientRect(), by = beyond(b);
  if (by <= 1 || causes.size >= 400) return;
  causes.set(node, {selector: selector(e), cause: 'word', width: Math.round(b.width), beyond: by});
};
"""

# WCAG 2.5.8: 24 by 24, or so much room around that a circle of 24 meets no other target. Links in running text are
# exempt, and controls that the browser itself sizes. Rounding gives and takes a pixel and a half.
_TARGETS = """
const targets = {total: 0, small: 0, smallest: null, examples: []}, places = [];
const OPERABLE = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], [role=link], [onclick]';
const running = e => {
  if (nameOf(e) !== 'a' || style(e).display !== 'inline') return false;
  const around = parentOf(e);
  return around && typeOf(around) === 1 && squeeze(textOf(around), 400).length > squeeze(textOf(e), 400).length + 20
    && [...childrenOf(around)].some(node => typeOf(node) === 3 && dataOf(node).trim().length > 5);
};
const judgeTarget = e => {
  if (places.length >= 600 || !Element.prototype.matches.call(e, OPERABLE) || !seen(e)) return;
  const type = (attr(e, 'type') || '').toLowerCase(), label = (type === 'checkbox' || type === 'radio') && closest(e, 'label');
  const b = box(label || e);
  if (b.width < 2 || b.height < 2 || b.right < 0 || b.left > width) return;
  places.push({e, b, x: (b.left + b.right) / 2, y: (b.top + b.bottom) / 2, small: b.width < 22.5 || b.height < 22.5});
};
const native = (e, b) => {
  const s = style(e);
  return (['inset', 'outset'].includes(s.borderTopStyle) && b.height >= 18)
    || (['checkbox', 'radio'].includes(attr(e, 'type')) && s.appearance === 'auto' && b.width >= 12.5);
};
const near = (p, q) => {
  if (q.small) return Math.hypot(p.x - q.x, p.y - q.y) < 22.5;
  const dx = Math.max(q.b.left - p.x, 0, p.x - q.b.right), dy = Math.max(q.b.top - p.y, 0, p.y - q.b.bottom);
  return Math.hypot(dx, dy) < 11;
};
const nested = (p, q) => p.e.contains(q.e) || q.e.contains(p.e);
const settleTargets = () => {
  targets.total = places.length;
  for (const p of places) {
    if (!p.small || running(p.e) || native(p.e, p.b) || !places.some(q => q !== p && !nested(p, q) && near(p, q))) continue;
    targets.small++;
    const least = round(Math.min(p.b.width, p.b.height));
    if (targets.smallest === null || least < targets.smallest) targets.smallest = least;
    example(targets.examples, {selector: selector(p.e), text: squeeze(textOf(p.e), 60), width: round(p.b.width), height: round(p.b.height)});
  }
};
"""

NARROW = (
    "(() => {"
    + PRELUDE
    + _WIDER
    + _TARGETS
    + """
if (!body) return null;
const fonts = {letters: 0, small: 0, smallest: null, examples: []};
every(root, (e, name, above) => {
  if (name === 'head' || name === 'script' || name === 'style') return null;
  const s = style(e);
  if (s.display === 'none') return null;
  const loose = above.clipped === 'fixed' || s.position === 'fixed';
  judgeBox(e, name, loose ? {clipped: true} : above);
  judgeTarget(e);
  let clipped = loose ? 'fixed' : above.clipped;
  if (!clipped && e !== root && e !== body && s.overflowX !== 'visible' && beyond(box(e)) <= 1) clipped = true;
  return {lang: '', faded: false, clipped};
}, (node, e, above) => {
  const text = dataOf(node);
  if (!e || typeOf(e) !== 1 || !text.trim() || !seen(e)) return;
  judgeWord(node, e, text, above);
  const n = letters(text), size = parseFloat(style(e).fontSize), b = box(e);
  if (!n || b.width <= 1 || b.height <= 1) return;
  fonts.letters += n;
  if (fonts.smallest === null || size < fonts.smallest) fonts.smallest = round(size);
  if (size < 12) { fonts.small += n; example(fonts.examples, {selector: selector(e), text: squeeze(text, 60), size: round(size)}); }
});
settleTargets();
wider.count = causes.size;
wider.examples = [...causes.values()].sort((a, b) => b.beyond - a.beyond || (a.selector < b.selector ? -1 : 1)).slice(0, 6);
return JSON.stringify({width, overflow, wider, targets, fonts, elements, whole});
})()"""
)
