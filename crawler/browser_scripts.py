"""The JavaScript that the renderer runs in pages.

`WITHHELD_ABILITIES` runs in the page's own world before its scripts; everything else runs in an isolated
world, where a page cannot have changed what `Array` or `innerHTML` mean.
"""

from __future__ import annotations

# A page keeps what it needs to draw itself and loses what waits for a person or talks past the proxy.
WITHHELD_ABILITIES = """
(() => {
  const put = (object, name, value) => {
    try { Object.defineProperty(object, name, { value, configurable: true, writable: true }); } catch (error) {}
  };
  put(window, 'alert', () => undefined);
  put(window, 'confirm', () => false);
  put(window, 'prompt', () => null);
  put(window, 'print', () => undefined);
  put(window, 'open', () => null);
  for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection', 'RTCDataChannel', 'WebTransport',
                      'WebSocketStream', 'SharedWorker', 'fetchLater', 'PushManager', 'PresentationRequest']) {
    try { delete window[name]; } catch (error) {}
  }
  if (window.Notification) put(window.Notification, 'requestPermission', () => Promise.resolve('denied'));
})();
"""

# The tree as a visitor sees it: open shadow roots in place of their hosts' own children, the contents of
# frames of the same origin inside a <div data-frame="..."> after the frame. Returns {html, title, whole}.
SERIALISE = """
(limit => {
  const VOID = new Set('area base br col embed hr img input link meta param source track wbr'.split(' '));
  const RAW = new Set('script style xmp iframe noembed noframes plaintext noscript'.split(' '));
  const text = value => value.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  const quote = value => value.replace(/&/g, '&amp;').replace(/"/g, '&quot;');
  const parts = [];
  let size = 0, whole = true, nodes = 0;
  const put = part => {
    if (size + part.length > limit) { whole = false; return; }
    size += part.length; parts.push(part);
  };
  const children = (node, depth) => { for (const child of node.childNodes) walk(child, depth + 1); };
  const inside = (element, name, depth) => {
    if (name === 'template' && element.content) return children(element.content, depth);
    if (name === 'slot' && element.assignedNodes && element.getRootNode() instanceof ShadowRoot) {
      const given = element.assignedNodes();
      if (given.length) { for (const child of given) walk(child, depth + 1); return; }
    }
    children(element.shadowRoot || element, depth);
  };
  const frame = (element, depth) => {
    let body = null, address = '';
    try { body = element.contentDocument && element.contentDocument.body;
          address = element.contentDocument ? element.contentDocument.URL : ''; } catch (error) {}
    if (!body || depth > 200) return;
    put('<div data-frame="' + quote(address) + '">');
    children(body, depth);
    put('</div>');
  };
  const walk = (node, depth) => {
    if (!whole || depth > 1500 || ++nodes > 400000) { whole = false; return; }
    if (node.nodeType === 3) {
      const parent = node.parentNode && node.parentNode.localName;
      put(RAW.has(parent) ? node.data : text(node.data));
    } else if (node.nodeType === 8) {
      put('<!--' + node.data.replace(/--/g, '- -') + '-->');
    } else if (node.nodeType === 1) {
      const name = node.localName;
      put('<' + name);
      for (const attribute of node.attributes) put(' ' + attribute.name + '="' + quote(attribute.value) + '"');
      put('>');
      if (VOID.has(name)) return;
      if (name !== 'iframe' && name !== 'frame') inside(node, name, depth);
      put('</' + name + '>');
      if (name === 'iframe' || name === 'frame') frame(node, depth);
    }
  };
  if (document.doctype) put('<!DOCTYPE ' + document.doctype.name + '>');
  if (document.documentElement) walk(document.documentElement, 0);
  return { html: parts.join(''), title: String(document.title).slice(0, 1000), whole };
})
"""

# [nodes, visible characters, scripts, fields]: a page at rest gives the same answer twice.
SHAPE = """
[document.getElementsByTagName('*').length, document.body ? document.body.innerText.trim().length : 0,
 document.scripts.length, document.querySelectorAll('input, select, textarea').length]
"""

OVERFLOW = """
Math.max(0, Math.max(document.documentElement.scrollWidth, document.body ? document.body.scrollWidth : 0)
            - document.documentElement.clientWidth)
"""
