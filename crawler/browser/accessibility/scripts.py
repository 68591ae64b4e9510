"""The JavaScript that measures a page for people with disabilities and for telephones.

Runs in an isolated world: what a page made of `Array` or `window.axe` is not seen there. Names of form fields and
images hide methods of `document` and of forms even there, so methods are taken from the prototypes. Counts and
gives examples, each bounded; concludes nothing. Shared by the wide and the narrow measurement: `PRELUDE`.
"""

from __future__ import annotations

from crawler.browser.accessibility.contrast import CONTRAST

# every(visit): all nodes in the flattened tree, in order: open shadow roots and slots as a visitor sees them.
# A node's context holds what it inherits: language, whether it is faded or clipped, the elements around it.
PRELUDE = """
const getter = (proto, name) => { const get = Object.getOwnPropertyDescriptor(proto, name).get; return o => get.call(o); };
const attr = (e, name) => Element.prototype.getAttribute.call(e, name);
const has = (e, name) => Element.prototype.hasAttribute.call(e, name);
const closest = (e, selector) => Element.prototype.closest.call(e, selector);
const inside = (e, selector) => Element.prototype.querySelectorAll.call(e, selector);
const all = selector => Document.prototype.querySelectorAll.call(document, selector);
const box = e => Element.prototype.getBoundingClientRect.call(e);
const parentOf = getter(Node.prototype, 'parentNode'), childrenOf = getter(Node.prototype, 'childNodes');
const typeOf = getter(Node.prototype, 'nodeType'), dataOf = getter(CharacterData.prototype, 'data');
const nameOf = getter(Element.prototype, 'localName'), idOf = getter(Element.prototype, 'id');
const shadowOf = getter(Element.prototype, 'shadowRoot'), textOf = getter(Node.prototype, 'textContent');
const root = getter(Document.prototype, 'documentElement')(document), body = getter(Document.prototype, 'body')(document);
const SILENT = new Set('script style noscript template iframe frame object svg math canvas title textarea select'.split(' '));
const PERSIAN = /\\p{Script=Arabic}/gu, LATIN = /\\p{Script=Latin}/gu;
const count = (text, pattern) => { const found = text.match(pattern); return found ? found.length : 0; };
const letters = text => count(text.replace(/[\\u060c\\u061b\\u061f\\u0660-\\u0669\\u06f0-\\u06f9]/g, ''), PERSIAN);
const squeeze = (text, most = 80) => text.slice(0, most * 8).replace(/\\s+/g, ' ').trim().slice(0, most);
const selector = e => {
  const parts = [];
  for (let at = e; at && typeOf(at) === 1 && parts.length < 3; at = parentOf(at)) {
    const id = idOf(at), names = (attr(at, 'class') || '').split(/\\s+/).filter(Boolean).slice(0, 2);
    parts.unshift((nameOf(at) + (id ? '#' + id : names.map(name => '.' + name).join(''))).slice(0, 60));
    if (id) break;
  }
  return parts.join(' > ').slice(0, 150);
};
const seen = e => Element.prototype.checkVisibility.call(e, {checkOpacity: true, checkVisibilityCSS: true});
const styles = new Map();
const style = e => { if (!styles.has(e)) styles.set(e, getComputedStyle(e)); return styles.get(e); };
const example = (list, entry, most = 5) => { if (list.length < most) list.push(entry); };
const round = value => Math.round(value * 100) / 100;
const LIMIT = 60000;
let whole = true, elements = 0;
const every = (start, enter, text) => {
  const stack = [[start, {lang: '', faded: false, clipped: false}]];
  let nodes = 0;
  while (stack.length) {
    const [node, above] = stack.pop();
    if (++nodes > LIMIT) { whole = false; return; }
    const type = typeOf(node);
    if (type === 3) { text(node, parentOf(node), above); continue; }
    if (type !== 1) continue;
    elements++;
    const name = nameOf(node);
    const here = enter(node, name, above);
    if (!here || SILENT.has(name)) continue;
    const given = name === 'slot' && HTMLSlotElement.prototype.assignedNodes.call(node);
    const kids = given && given.length ? given : childrenOf(shadowOf(node) || node);
    for (let i = kids.length - 1; i >= 0; i--) stack.push([kids[i], here]);
  }
};
"""

# Text: its direction, side, language, digits, and Latin fragments that the order of writing tears apart.
_TEXT = """
const words = {persian: 0, latin: 0, rtl: 0, ltr: 0, prose: 0, left: 0, languages: {}, ltr_examples: [], left_examples: [],
               language_examples: []};
const fragments = {count: 0, examples: []}, digits = {persian: 0, arabic: 0, latin: 0, mixed: 0, examples: []};
// In a right-to-left line "C++" is drawn as "++C", and 021-88997766 behind a Persian word as 88997766-021.
// A range (8-14) is read from the right as it should be.
const TORN = /(?:^|[\\s(\\u00ab])(?:[.@#+-]+[A-Za-z]\\w*|[A-Za-z]\\w*[+#]+)(?=$|[\\s)\\u00bb.\\u060c\\u061b])/u;
const TORN_NUMBER = /\\p{Script=Arabic}[^A-Za-z\\n]{0,60}?[\\s:(][0\\u06f0][0-9\\u06f0-\\u06f9]{1,3}-[0-9\\u06f0-\\u06f9]{5,8}(?![0-9\\u06f0-\\u06f9])/u;
const judgeText = (text, e, above) => {
  const n = letters(text);
  words.latin += count(text, LATIN);
  if (!n) return n;
  const s = style(e), rtl = s.direction === 'rtl' || s.unicodeBidi.includes('plaintext');
  words.persian += n;
  words[rtl ? 'rtl' : 'ltr'] += n;
  const shown = {selector: selector(e), text: squeeze(text, 60)};
  if (!rtl) example(words.ltr_examples, shown);
  if (n >= 40) {
    words.prose += n;
    const side = s.textAlign;
    if (side === 'left' || side === '-webkit-left' || (side === 'start' && !rtl) || (side === 'end' && rtl)) {
      words.left += n; example(words.left_examples, shown);
    }
  }
  const language = above.lang.toLowerCase().split(/[-_]/)[0].slice(0, 12);
  if (Object.keys(words.languages).length < 20 || language in words.languages)
    words.languages[language] = (words.languages[language] || 0) + n;
  if (!['fa', 'ar', 'ps', 'ur', 'ckb', 'ku', 'az', 'bal', 'prs'].includes(language))
    example(words.language_examples, {...shown, language});
  if (rtl && n >= 3 && (TORN.test(text) || TORN_NUMBER.test(text))) { fragments.count++; example(fragments.examples, shown); }
  const alone = text.replace(/\\S*[A-Za-z@_\\/]\\S*/g, ' ');
  const sets = [count(alone, /[\\u06f0-\\u06f9]/g), count(alone, /[\\u0660-\\u0669]/g), count(alone, /[0-9]/g)];
  digits.persian += sets[0]; digits.arabic += sets[1]; digits.latin += sets[2];
  if (sets.filter(Boolean).length > 1) { digits.mixed++; example(digits.examples, shown); }
  return n;
};
"""

# Rows of a menu: in a Persian page the first entry stands on the right.
_MENUS = """
const menus = {rtl: 0, ltr: 0, examples: []};
const judgeMenu = e => {
  const items = [...inside(e, ':scope > li, :scope > a')].filter(seen).slice(0, 12);
  if (items.length < 3 || letters(squeeze(textOf(e), 400)) < 6) return;
  if (!closest(e, 'nav, header, [role=navigation], [class*=menu i], [class*=nav i], [id*=menu i]')) return;
  const boxes = items.slice(0, 3).map(box);
  if (boxes.some(b => b.width === 0 || Math.abs(b.top - boxes[0].top) > b.height / 2)) return;
  const order = boxes[0].left > boxes[2].left ? 'rtl' : 'ltr';
  menus[order]++;
  if (order === 'ltr') example(menus.examples, {selector: selector(e), text: squeeze(textOf(e), 60)});
};
"""

# What can be operated. `controls` keeps its elements for the walk with the Tab key that follows.
_CONTROLS = """
const images = {total: 0, without: 0, examples: []}, fields = {total: 0, without: 0, placeholder: 0, examples: []};
const controls = [], operated = [], tabindex = {positive: 0, examples: []};
const judgeImage = e => {
  if (closest(e, '[aria-hidden=true], [role=presentation], [role=none]') || !seen(e)) return;
  images.total++;
  if (has(e, 'alt') || attr(e, 'aria-label') || attr(e, 'aria-labelledby') || attr(e, 'title')) return;
  images.without++;
  example(images.examples, {selector: selector(e), text: (attr(e, 'src') || '').slice(0, 100)});
};
const labelled = e => {
  const named = (attr(e, 'aria-labelledby') || '').split(/\\s+/).filter(Boolean).slice(0, 5);
  const id = idOf(e), written = label => squeeze(textOf(label)) !== '';
  if ((attr(e, 'aria-label') || '').trim() || (attr(e, 'title') || '').trim()) return true;
  if (named.some(name => [...all('[id="' + CSS.escape(name) + '"]')].slice(0, 1).some(written))) return true;
  const around = closest(e, 'label');
  return (around && written(around)) || (id && [...all('label[for="' + CSS.escape(id) + '"]')].some(written));
};
const judgeField = (e, name) => {
  const type = (attr(e, 'type') || 'text').toLowerCase();
  if (name === 'input' && ['hidden', 'submit', 'button', 'image', 'reset'].includes(type)) return;
  if (!seen(e) || closest(e, '[aria-hidden=true]') || fields.total >= 300) return;
  fields.total++;
  if (labelled(e)) return;
  if ((attr(e, 'placeholder') || '').trim()) fields.placeholder++;
  fields.without++;
  example(fields.examples, {selector: selector(e), text: (attr(e, 'name') || attr(e, 'placeholder') || '').slice(0, 60)});
};
const OPERABLE = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex], [role=button], [role=link]';
const COMPOSITE = '[aria-hidden=true], [role=tablist], [role=menu], [role=menubar], [role=listbox], [role=radiogroup], [role=tree], [role=grid], [role=toolbar]';
const tabIndex = getter(HTMLElement.prototype, 'tabIndex');
const focusable = e => e instanceof HTMLElement && tabIndex(e) >= 0 && (nameOf(e) !== 'a' || has(e, 'href') || has(e, 'tabindex')) && !closest(e, ':disabled, [inert]') && seen(e);
const judgeControl = (e, name) => {
  const handled = has(e, 'onclick') || has(e, 'ng-click') || has(e, '@click') || has(e, 'v-on:click');
  const above = parentOf(e), s = style(e);
  const points = s.cursor === 'pointer' && !(above && typeOf(above) === 1 && style(above).cursor === 'pointer');
  const operable = Element.prototype.matches.call(e, OPERABLE);
  if (!operable && !handled && !points) return;
  const written = attr(e, 'tabindex');
  if (written !== null && parseInt(written) > 0) { tabindex.positive++; example(tabindex.examples, {selector: selector(e), text: squeeze(textOf(e), 60)}); }
  if (controls.length >= 250 || !seen(e)) return;
  const b = box(e), reaches = focusable(e);
  if (!b.width || !b.height) return;
  // arrow keys lead through these, and a copy that is hidden from screen readers is no control of its own
  if (!reaches && closest(e, COMPOSITE)) return;
  if (!reaches && !operable) {
    const around = closest(e, 'a[href], button, label, summary, select');
    if ((around && around !== e) || name === 'label') return;
    if ([...inside(e, OPERABLE)].slice(0, 50).some(focusable)) return;
  }
  const label = squeeze(textOf(e)) || squeeze(attr(e, 'aria-label') || attr(e, 'value') || attr(e, 'title') || '')
    || [...inside(e, 'img[alt]')].slice(0, 1).map(image => squeeze(attr(image, 'alt') || '')).join('');
  controls.push({tag: name, selector: selector(e), text: label, href: has(e, 'href'), handled, pointer: points, focusable: reaches,
                 submit: name === 'button' || /^(submit|image)$/.test(attr(e, 'type') || ''),
                 disabled: !!closest(e, ':disabled, [inert], [aria-disabled=true]')});
  operated.push(e);
};
"""

WIDE = (
    "(() => {"
    + PRELUDE
    + CONTRAST
    + _TEXT
    + _MENUS
    + _CONTROLS
    + """
if (!body) return null;
every(root, (e, name, above) => {
  if (name === 'img') judgeImage(e);
  if (name === 'input' || name === 'select' || name === 'textarea') judgeField(e, name);
  if (name === 'head' || name === 'script' || name === 'style') return null;
  const s = style(e);
  if (s.display === 'none') return null;
  judgeLayer(e, name, s);
  if (name === 'ul' || name === 'ol' || name === 'nav') judgeMenu(e);
  judgeControl(e, name);
  const lang = attr(e, 'lang') || attr(e, 'xml:lang');
  return {lang: lang === null ? above.lang : lang, faded: above.faded || +s.opacity < 1, clipped: false};
}, (node, e, above) => {
  const text = dataOf(node);
  if (!e || typeOf(e) !== 1 || !text.trim() || !seen(e)) return;
  const b = box(e);
  if (b.width <= 1 || b.height <= 1) return;
  const n = judgeText(text.slice(0, 20000), e, above);
  if (n) judgeContrast(e, text, n, above);
});
settleContrast();
const viewport = [...all('meta[name=viewport i]')].map(e => (attr(e, 'content') || '').slice(0, 300)).pop();
globalThis.operated = operated;
return JSON.stringify({
  html: {lang: (attr(root, 'lang') || '').slice(0, 40), dir: (attr(root, 'dir') || '').slice(0, 20),
         body_dir: (attr(body, 'dir') || '').slice(0, 20), direction: style(body).direction},
  viewport: viewport === undefined ? null : viewport, elements, whole,
  text: words, menus, fragments, digits, contrast, images, fields, tabindex, controls});
})()"""
)

# Where the focus is: number of the control, -1 for another element, -2 for none; and whether a dialog holds it.
FOCUSED = """
(() => {
  let e = Object.getOwnPropertyDescriptor(Document.prototype, 'activeElement').get.call(document);
  while (e && e.shadowRoot && e.shadowRoot.activeElement) e = e.shadowRoot.activeElement;
  if (!e || ['body', 'html'].includes(e.localName)) return [-2, false];
  return [globalThis.operated.indexOf(e), !!Element.prototype.closest.call(e, 'dialog, [role=dialog], [aria-modal=true]')];
})()"""

# As the page was before the walk: nothing focused, and at its beginning.
RETURN = """
(() => {
  const e = Object.getOwnPropertyDescriptor(Document.prototype, 'activeElement').get.call(document);
  if (e) HTMLElement.prototype.blur.call(e);
  scrollTo(0, 0);
  // a telephone's own frame, which may lie anywhere on a page that is wider, goes where reading begins
  const root = Object.getOwnPropertyDescriptor(Document.prototype, 'documentElement').get.call(document);
  Element.prototype.scrollIntoView.call(root, {block: 'start', inline: 'start', behavior: 'instant'});
})()"""

# axe-core: what it found, by rule, with a few places each. Nothing is fetched and no frame is entered.
AXE = """
(() => axe.run(Document.prototype.querySelector.call(document, ':root'), {
  runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']},
  resultTypes: ['violations', 'incomplete'], iframes: false, preload: false,
  selectors: true, ancestry: false, xpath: false, elementRef: false, pingWaitTime: 1,
}).then(found => {
  const place = node => ({selector: String(node.target).slice(0, 150), html: String(node.html).slice(0, 150)});
  const rule = most => entry => ({
    id: String(entry.id).slice(0, 60), impact: entry.impact || null, nodes: entry.nodes.length,
    tags: entry.tags.filter(tag => /^(wcag21?a{1,2}|best-practice|wcag\\d{3,4})$/.test(tag)).slice(0, 6),
    places: entry.nodes.slice(0, most).map(place)});
  return JSON.stringify({version: String(axe.version), passed: found.passes.length,
    violations: found.violations.slice(0, 150).map(rule(3)), incomplete: found.incomplete.slice(0, 150).map(rule(0))});
}))()"""
