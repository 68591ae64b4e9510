"""The JavaScript that the renderer runs in pages.

`WITHHELD_ABILITIES` runs in the page's own world before its scripts; everything else runs in an isolated
world, where a page cannot have changed what `Array` or `innerHTML` mean.
"""

from __future__ import annotations

from importlib.resources import files

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

# Leaves `witness` in the isolated world; what it can do stands at its head.
WITNESS = files("crawler").joinpath("page_scripts", "witness.js").read_text(encoding="utf-8")

# [nodes, visible characters, scripts, fields]: a page at rest gives the same answer twice. The body by its own
# getter, for a form named "body" takes its place as a property.
SHAPE = """
(() => {
  const body = Object.getOwnPropertyDescriptor(Document.prototype, 'body').get.call(document);
  const count = selector => Document.prototype.querySelectorAll.call(document, selector).length;
  return [count('*'), body ? body.innerText.trim().length : 0, count('script'), count('input, select, textarea')];
})()
"""

OVERFLOW = """
(() => {
  const get = name => Object.getOwnPropertyDescriptor(Document.prototype, name).get.call(document);
  const root = get('documentElement'), body = get('body');
  return Math.max(0, Math.max(root.scrollWidth, body ? body.scrollWidth : 0) - root.clientWidth);
})()
"""
