// Runs in an isolated world of the page and leaves one object there, `witness`:
//   read(limit, places)   the tree as text: {html, title, whole, controls}
//   click(n)              opens the nth control, counted from 0: whether it could be clicked
//   still()               milliseconds since the tree last changed
//   gain(n)               takes note of what is new since the last call, as opened by control n; its characters
//   merged()              the tree as it was read, with what was opened in its places
//   measure(height, most) [[selector, nth, x, y, width, height], ...] of elements worth pointing at
//
// The tree is written as a visitor sees it: open shadow roots in place of their hosts' own children, the contents
// of frames of the same origin inside a <div data-frame="..."> after the frame, their addresses made absolute, what a
// control opened inside a <div data-opened="..."> where it came to stand. The text is UTF-8: addresses whose query the
// page's own encoding decides are made absolute too.
(() => {
  if (globalThis.witness) return;
  // By the prototypes' own getters: <input name=childNodes> hides a form's property of that name from everybody.
  const getter = (type, name) => {
    const get = Object.getOwnPropertyDescriptor(type.prototype, name).get;
    return (object) => get.call(object);
  };
  const nodeType = getter(Node, 'nodeType');
  const childNodes = getter(Node, 'childNodes');
  const parentNode = getter(Node, 'parentNode');
  const localName = getter(Element, 'localName');
  const attributes = getter(Element, 'attributes');
  const shadowRoot = getter(Element, 'shadowRoot');
  const body = getter(Document, 'body');
  const root = getter(Document, 'documentElement');
  const addressOf = getter(Document, 'URL');
  const encodingOf = getter(Document, 'characterSet');
  const hrefOf = getter(HTMLAnchorElement, 'href');
  const get = (element, name) => Element.prototype.getAttribute.call(element, name) || '';
  const has = (element, name) => Element.prototype.hasAttribute.call(element, name);
  const closest = (element, selector) => Element.prototype.closest.call(element, selector);
  const find = (element, selector) => Element.prototype.querySelector.call(element, selector);

  const words = (list) => new Set(list.split(' '));
  const VOID = words('area base br col embed hr img input link meta param source track wbr');
  const RAW = words('script style xmp iframe noembed noframes plaintext noscript');
  const UNSEEN = words('script style link meta base title head template noscript');
  const FRAME = words('nav header footer aside');
  const NAMED = words(
    'h1 h2 h3 h4 h5 h6 form fieldset legend input select textarea button a label p li td th dt dd summary blockquote ' +
    'caption figcaption option'
  );
  const DEEPEST = 800, MOST_NODES = 400000, MOST_PLACES = 20000, DEEPEST_FRAME = 200, MOST_CONTROLS = 200, MOST_GAINS = 400;

  const text = (value) => value.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  const quote = (value) => value.replace(/&/g, '&amp;').replace(/"/g, '&quot;');

  // One step of a selector, as `checks.page.lines.selector` writes it.
  const NAME = /^[A-Za-z][\p{L}\p{N}_-]{0,60}$/u;
  const BLANK = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/u;
  const stepOf = (element) => {
    const tag = localName(element).toLowerCase(), id = get(element, 'id');
    if (NAME.test(id)) return `${tag}#${id}`;
    const first = get(element, 'class').split(BLANK).find((name) => name) || '';
    return NAME.test(first) ? `${tag}.${first}` : tag;
  };
  const selectorOf = (path) => {
    let start = Math.max(0, path.length - 5);
    for (let at = path.length - 1; at > start; at -= 1) if (path[at].includes('#')) start = at;
    return path.slice(start).join(' > ');
  };

  // What a frame's document loads and leads to is relative to that document, and its text comes to stand in another.
  // Attributes in the terms of `web.links`; an anchor of the document itself resolves them, in the document's own encoding.
  const ADDRESSES = words(
    'href xlink:href src action formaction poster background data-src data-original data-lazy-src data-lazy data-href ' +
    'data-url data-link'
  );
  const SRCSETS = words('srcset imagesrcset data-srcset');
  const CSS_ADDRESS = /(url\(\s*(?:"|'|)|@import\s+(?:"|'))([^"'()\s]+)/gi;
  const CANDIDATE = /(^|[\s,])([^\s,][^\s]*)(?=\s|$)/g;
  const DESCRIPTOR = /^[\d.]+[wx],?$/;
  const QUERIED = /^(?!(?!https?:)[a-z][a-z0-9+.-]*:)[^#?]*\?[^#]*[^\x00-\x7f]/i;
  const inUnicode = (inner) => /^utf-/i.test(encodingOf(inner));
  // framed: every address of the document; else only those whose query depends on its encoding.
  const settler = (inner, framed) => {
    const anchor = Document.prototype.createElement.call(inner, 'a');
    const nowhere = addressOf(inner).startsWith('about:');
    const unicode = inUnicode(inner);
    const absolute = (value) => {
      const trimmed = value.trim();
      if (nowhere && trimmed.startsWith('#')) return value;
      if (unicode || !QUERIED.test(trimmed)) {
        if (!framed) return value;
        try { new URL(trimmed); return value; } catch (error) { /* relative */ }
      }
      Element.prototype.setAttribute.call(anchor, 'href', trimmed);
      return hrefOf(anchor) || value;
    };
    const css = (value) => value.replace(CSS_ADDRESS, (all, before, address) => before + absolute(address));
    const srcset = (value) => value.replace(CANDIDATE, (all, before, address) => {
      if (DESCRIPTOR.test(address)) return all;
      const end = address.endsWith(',') ? ',' : '';
      return before + absolute(end ? address.slice(0, -1) : address) + end;
    });
    return {
      css,
      attribute: (element, name, value) => {
        if (name === 'style') return css(value);
        if (SRCSETS.has(name)) return srcset(value);
        return ADDRESSES.has(name) || (name === 'data' && element === 'object') ? absolute(value) : value;
      },
    };
  };

  // Writes nodes as text. meet(node, path, part): for every element, once it is written. limit: characters.
  const writer = (limit, meet) => {
    const own = { parts: [], whole: true, inert: 0 };
    const path = [];
    let size = 0, nodes = 0, settled = inUnicode(document) ? null : settler(document, false);
    const put = (part) => {
      if (size + part.length > limit) { own.whole = false; return; }
      size += part.length;
      own.parts.push(part);
    };
    const children = (node, depth) => { for (const child of childNodes(node)) own.walk(child, depth + 1); };
    const inside = (element, name, depth) => {
      if (name === 'template' && element.content) {
        own.inert += 1;
        children(element.content, depth);
        own.inert -= 1;
        return;
      }
      if (name === 'slot' && nodeType(element.getRootNode()) === 11) {
        const given = element.assignedNodes();
        if (given.length) { for (const child of given) own.walk(child, depth + 1); return; }
      }
      children(shadowRoot(element) || element, depth);
    };
    const frame = (element, depth) => {
      let inner = null, address = '';
      try {
        inner = element.contentDocument && body(element.contentDocument);
        address = inner ? addressOf(element.contentDocument) : '';
      } catch (error) { inner = null; }
      if (!inner || depth > DEEPEST_FRAME) return;
      put(`<div data-frame="${quote(address)}">`);
      path.push('div');
      const outer = settled;
      settled = settler(element.contentDocument, true);
      children(inner, depth);
      settled = outer;
      path.pop();
      meet(inner, path, own.parts.length);
      put('</div>');
    };
    own.walk = (node, depth) => {
      if (!own.whole || depth > DEEPEST || ++nodes > MOST_NODES) { own.whole = false; return; }
      const type = nodeType(node);
      if (type === 3) {
        const parent = parentNode(node);
        const around = parent && nodeType(parent) === 1 ? localName(parent) : '';
        const data = settled && around === 'style' ? settled.css(node.data) : node.data;
        put(RAW.has(around) ? data : text(data));
        meet(node, path, own.parts.length);
      } else if (type === 8) {
        put(`<!--${node.data.replace(/--/g, '- -')}-->`);
      } else if (type === 1) {
        const name = localName(node);
        put(`<${name}`);
        for (const { name: key, value } of attributes(node)) {
          put(` ${key}="${quote(settled ? settled.attribute(name, key, value) : value)}"`);
        }
        put('>');
        if (name !== 'html') path.push(stepOf(node));
        own.enter(node, path);
        if (!VOID.has(name)) {
          if (name !== 'iframe' && name !== 'frame') inside(node, name, depth);
          meet(node, path, own.parts.length);
          put(`</${name}>`);
          if (name !== 'html') path.pop();
          if (name === 'iframe' || name === 'frame') frame(node, depth);
        } else {
          meet(node, path, own.parts.length);
          path.pop();
        }
      }
    };
    own.enter = () => {};
    return own;
  };

  const known = new Map(); // node -> the part of the text before which its further children belong
  const controls = []; // [element, what it is, selector]
  const places = []; // [element, selector, nth, inside the portal's frame]
  const gains = []; // [part, text]
  const limits = { html: 0, gained: 0 };
  let tree = null, changed = 0;

  // What opens a part of the page, and neither leads away nor sends: its kind, or '' for everything else.
  const SETTLED = words('input select textarea option iframe form body html');
  const HERE = /^(?:#(?![!/]).*|javascript:\s*(?:void\s*\(?\s*0\s*\)?)?\s*;?)?$/i;
  const LEAVES = /location|submit|postback|\.href|window\.open/i;
  const TOGGLES = words('collapse tab pill dropdown modal offcanvas list');
  const kindOf = (element) => {
    const name = localName(element);
    if (SETTLED.has(name)) return '';
    if (name === 'summary') {
      const details = parentNode(element);
      return details && nodeType(details) === 1 && localName(details) === 'details' && !has(details, 'open') ? 'details' : '';
    }
    if (get(element, 'role') === 'combobox' || get(element, 'role') === 'switch') return '';
    if (get(element, 'role') === 'tab') return get(element, 'aria-selected') === 'true' ? '' : 'tab';
    if (has(element, 'aria-expanded')) return get(element, 'aria-expanded') === 'false' ? 'expanded' : '';
    if (TOGGLES.has(get(element, 'data-toggle') || get(element, 'data-bs-toggle'))) {
      return get(element, 'aria-selected') === 'true' ? '' : 'toggle';
    }
    if (has(element, 'popovertarget')) return 'popup';
    if (has(element, 'aria-controls')) return get(element, 'aria-selected') === 'true' ? '' : 'controls';
    return '';
  };
  const harmless = (element) => {
    if (has(element, 'disabled') || get(element, 'aria-disabled') === 'true' || has(element, 'download')) return false;
    const link = closest(element, 'a, area');
    if (link && (!HERE.test(get(link, 'href').trim()) || has(link, 'ping') || has(link, 'download'))) return false;
    for (let at = element; at && nodeType(at) === 1; at = parentNode(at)) {
      if (LEAVES.test(get(at, 'onclick') + get(at, 'onmousedown'))) return false;
    }
    const form = closest(element, 'form');
    if (!form && !has(element, 'form')) return true;
    // A page that is one big form: what is no button of it sends nothing.
    const pageWide = form && find(form, 'nav, header, footer, input[name=__VIEWSTATE]');
    return Boolean(pageWide) && localName(element) !== 'button' && !closest(element, 'button, label');
  };
  const filled = (element, kind) => {
    const full = (node) => Boolean(node) && getter(Node, 'textContent')(node).trim().length > 0;
    if (kind === 'details') {
      return [...childNodes(parentNode(element))].some((child) => child !== element && full(child));
    }
    const target = [get(element, 'aria-controls'), get(element, 'data-target'), get(element, 'data-bs-target'),
      get(element, 'popovertarget'), get(element, 'href')]
      .map((value) => value.trim().replace(/^#/, '')).find((value) => value);
    return full(target ? Document.prototype.getElementById.call(document, target) : null);
  };
  const boxOf = (element) => Element.prototype.getBoundingClientRect.call(element);
  // What stands in a closed <details> has a place, and is not drawn there.
  const drawn = (element) => Element.prototype.checkVisibility.call(element, { visibilityProperty: true });
  const seen = (element) => {
    const box = boxOf(element);
    return box.width > 0 && box.height > 0 && drawn(element);
  };

  const read = (limit, withPlaces) => {
    const counts = new Map();
    const own = writer(limit, (node, path, part) => { known.set(node, part); });
    let order = 0;
    own.enter = (element, path) => {
      const kind = controls.length < MOST_CONTROLS ? kindOf(element) : '';
      const framed = () => path.some((step) => FRAME.has(step.split(/[.#]/, 1)[0]));
      if (kind && !own.inert && harmless(element) && seen(element)) {
        controls.push([element, kind, selectorOf(path), [framed(), filled(element, kind), order++]]);
      }
      if (!withPlaces || own.inert || !path.length) return;
      const selector = selectorOf(path), nth = counts.get(selector) || 0;
      counts.set(selector, nth + 1);
      const worth = NAMED.has(localName(element)) ||
        [...childNodes(element)].some((child) => nodeType(child) === 3 && child.data.trim());
      if (worth && places.length < MOST_PLACES) places.push([element, selector, nth, framed()]);
    };
    const doctype = getter(Document, 'doctype')(document);
    if (doctype) own.parts.push(`<!DOCTYPE ${doctype.name}>`);
    try {
      if (root(document)) own.walk(root(document), 0);
    } catch (error) {  // a tree deeper than our stack
      own.whole = false;
    }
    controls.sort((one, other) => one[3][0] - other[3][0] || one[3][1] - other[3][1] || one[3][2] - other[3][2]);
    tree = own;
    limits.html = limit;
    return {
      html: own.parts.join(''),
      title: String(getter(Document, 'title')(document)).slice(0, 1000),
      whole: own.whole,
      controls: controls.map(([element, kind, selector]) =>
        [kind, selector.slice(0, 300), getter(Node, 'textContent')(element).slice(0, 2000).trim().replace(/\s+/g, ' ').slice(0, 80)]),
    };
  };

  const click = (number) => {
    const [element, kind] = controls[number];
    if (!element.isConnected || !seen(element) || kindOf(element) !== kind || !harmless(element)) return false;
    const how = { bubbles: true, cancelable: true, composed: true, button: 0, view: window };
    const pointer = { ...how, pointerId: 1, pointerType: 'mouse', isPrimary: true };
    changed = performance.now();
    if (!watcher) {
      watcher = new MutationObserver(() => { changed = performance.now(); });
      watcher.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    }
    element.dispatchEvent(new PointerEvent('pointerdown', { ...pointer, buttons: 1 }));
    element.dispatchEvent(new MouseEvent('mousedown', { ...how, buttons: 1 }));
    element.dispatchEvent(new PointerEvent('pointerup', pointer));
    element.dispatchEvent(new MouseEvent('mouseup', how));
    if (element.isConnected) element.dispatchEvent(new MouseEvent('click', { ...how, detail: 1 }));
    return true;
  };
  let watcher = null;

  // The nodes that `writer` finds inside an element.
  const written = (node, name) => {
    if (name === 'iframe' || name === 'frame') return [];
    if (name === 'slot' && nodeType(node.getRootNode()) === 11 && node.assignedNodes().length) return node.assignedNodes();
    return childNodes(shadowRoot(node) || node);
  };
  const gain = (number) => {
    const met = [];
    let characters = 0;
    const whole = tree.parts.join('');
    // From a node that was there before, down to what is new in it.
    const look = (node, depth) => {
      if (depth > DEEPEST) return;
      if (nodeType(node) !== 1) return;
      const name = localName(node);
      if (UNSEEN.has(name) || VOID.has(name)) return;
      for (const child of written(node, name)) {
        if (known.has(child)) { look(child, depth + 1); continue; }
        const type = nodeType(child);
        if (type !== 1 && type !== 3) continue;
        if (type === 1 && UNSEEN.has(localName(child))) continue;
        if (gains.length >= MOST_GAINS) return;
        const own = writer(Math.max(0, limits.html - limits.gained), (fresh) => { met.push([fresh, node]); });
        own.walk(child, 0);
        const html = own.parts.join('');
        if (html.trim() && !whole.includes(html)) {
          gains.push([known.get(node), `<div data-opened="${number}">${html}</div>`]);
          limits.gained += html.length;
          characters += html.length;
        }
      }
      if (name === 'iframe' || name === 'frame') {
        try {
          const inside = node.contentDocument && body(node.contentDocument);
          if (inside && known.has(inside)) look(inside, depth + 1);
        } catch (error) { return; }
      }
    };
    look(root(document), 0);
    for (const [fresh, owner] of met) known.set(fresh, known.get(owner));
    return characters;
  };

  const merged = () => {
    const ordered = gains.map(([part, html], at) => [part, at, html]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    const pieces = [];
    let from = 0;
    for (const [part, , html] of ordered) {
      pieces.push(...tree.parts.slice(from, part), html);
      from = part;
    }
    for (const part of tree.parts.slice(from)) pieces.push(part);
    return pieces.join('');
  };

  const measure = (height, most) => {
    const offset = (view) => {
      let x = 0, y = 0;
      while (view && view !== window && view.frameElement) {
        const frame = view.frameElement, box = boxOf(frame);
        x += box.left + frame.clientLeft;
        y += box.top + frame.clientTop;
        view = view.parent;
      }
      return [x + scrollX, y + scrollY];
    };
    const kept = [[], []];
    places.forEach(([element, selector, nth, framed], order) => {
      const into = kept[Number(framed)];
      if (into.length >= most || selector.length > 300) return;
      const box = boxOf(element);
      const [x, y] = offset(getter(Node, 'ownerDocument')(element).defaultView);
      if (box.width < 2 || box.height < 2 || !drawn(element) || box.top + y >= height || box.bottom + y <= 0 || box.right + x <= 0) return;
      into.push([order, [selector, nth, ...[box.left + x, box.top + y, box.width, box.height].map(Math.round)]]);
    });
    return [...kept[0], ...kept[1]].slice(0, most).sort((one, other) => one[0] - other[0]).map((entry) => entry[1]);
  };

  globalThis.witness = {
    read, click, gain, merged, measure,
    still: () => performance.now() - changed,
    address: () => location.pathname + location.search + (/^#[!/]/.test(location.hash) ? location.hash : ''),
  };
})()
