"""The JavaScript that the renderer runs in pages.

What `withheld_abilities` gives runs in the page's own world before its scripts; everything else runs in an isolated
world, where a page cannot have changed what `Array` or `innerHTML` mean.
"""

from __future__ import annotations

from importlib.resources import files

# A page keeps what it needs to draw itself and loses what waits for a person or talks past the proxy.
_WITHHELD_ABILITIES = """
(most => {
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
  // Each request comes through our hands too. Past twice what a page may ask for, its promises are not kept.
  let asked = 0;
  const fetching = window.fetch, sending = XMLHttpRequest.prototype.send, beacon = navigator.sendBeacon;
  put(window, 'fetch', (...how) => ++asked > most ? new Promise(() => {}) : fetching.apply(window, how));
  put(XMLHttpRequest.prototype, 'send', function send(body) { if (++asked <= most) sending.call(this, body); });
  put(Navigator.prototype, 'sendBeacon', function sendBeacon(...how) {
    return ++asked > most || beacon.apply(this, how);
  });
  // What is said to the console is kept short here: every line comes through our hands, and may be as long as it likes.
  let lines = 0;
  const said = word => { try { return String(word).slice(0, 400); } catch (error) { return ''; } };
  for (const name of ['log', 'info', 'debug', 'trace', 'dir', 'dirxml', 'table', 'group', 'groupCollapsed', 'count',
                      'timeLog', 'timeEnd', 'assert']) put(console, name, () => undefined);
  for (const name of ['error', 'warn']) {
    const say = console[name];
    put(console, name, (...words) => {
      if (++lines > 60) return;
      let line = '';  // by hand, for a page may have changed what join means
      for (let at = 0; at < words.length && at < 9; at += 1) line += (at ? ' ' : '') + said(words[at]);
      say(line);
    });
  }
  if (window.Notification) put(window.Notification, 'requestPermission', () => Promise.resolve('denied'));
})(MOST);
"""


_WORKERS = files("crawler.browser").joinpath("page_scripts", "workers.js").read_text(encoding="utf-8")


def withheld_abilities(requests: int) -> str:
    """requests: that a page may make."""
    return _WITHHELD_ABILITIES.replace("MOST", str(2 * requests)) + _WORKERS


# Leaves `witness` in the isolated world; what it can do stands at its head.
WITNESS = files("crawler.browser").joinpath("page_scripts", "witness.js").read_text(encoding="utf-8")

# [nodes, visible characters, scripts, fields], or null when a page at work changed it. The body by its own getter, for
# a form named "body" takes its place as a property.
_KEPT_SHAPE = """
(() => {
  const body = Object.getOwnPropertyDescriptor(Document.prototype, 'body').get.call(document);
  const count = selector => Document.prototype.querySelectorAll.call(document, selector).length;
  const shape = () =>
    [count('*'), body ? body.innerText.trim().length : 0, count('script'), count('input, select, textarea')];
  const before = shape();
  return new Promise(done => setTimeout(() => {
    const after = shape();
    done(String(before) === String(after) ? after : null);
  }, MILLISECONDS));
})()
"""


def kept_shape(seconds: float) -> str:
    return _KEPT_SHAPE.replace("MILLISECONDS", str(round(1000 * seconds)))


OVERFLOW = """
(() => {
  const get = name => Object.getOwnPropertyDescriptor(Document.prototype, name).get.call(document);
  const root = get('documentElement'), body = get('body');
  return Math.max(0, Math.max(root.scrollWidth, body ? body.scrollWidth : 0) - root.clientWidth);
})()
"""
