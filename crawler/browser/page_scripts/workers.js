// Before the scripts of a page: none of its workers can make a worker.
//
// A worker is watched from its first line on, but one that it makes may begin before it is watched, and what it then
// sends leaves the browser. So every worker begins with a line of ours that takes the ability away, and with the address
// that it would have had.
(() => {
  const Real = window.Worker;
  if (!Real) return;
  const address = URL, Parts = Blob, most = 200;
  const make = URL.createObjectURL.bind(URL);
  const made = new Map();  // what blob: addresses stand for, for pages that take them back at once
  const own = url => ['blob:', 'data:'].includes(url.protocol) || url.origin === location.origin;
  const first = url => `(at => {
    delete self.Worker;
    if (!/^https?:/.test(at)) return;
    const whole = url => typeof url === 'string' || url instanceof URL ? new URL(url, at).href : url;
    const fetching = self.fetch, opening = XMLHttpRequest.prototype.open, importing = self.importScripts;
    self.fetch = (what, how) => fetching(whole(what), how);
    self.importScripts = (...urls) => importing(...urls.map(whole));
    XMLHttpRequest.prototype.open = function open(method, url, ...how) { opening.call(this, method, whole(url), ...how); };
    Object.defineProperty(self, 'location', { value: new URL(at) });
  })(${JSON.stringify(url)});`;
  URL.createObjectURL = thing => {
    const url = make(thing);
    if (thing instanceof Parts && made.size < most) made.set(url, thing);
    return url;
  };
  const Watched = new Proxy(Real, {
    construct(target, given, maker) {
      const [url, options] = given;
      let at = null;
      try { at = given.length ? new address(String(url), document.baseURI) : null; } catch (error) {}
      if (at === null || !own(at)) return Reflect.construct(target, given, maker);  // the browser says what is wrong
      const module = Boolean(options) && options.type === 'module';
      const body = made.get(at.href);
      const start = module ? `import 'data:text/javascript,${encodeURIComponent(first(at.href)).replaceAll("'", '%27')}';` : first(at.href);
      const rest = body ?? (module ? `import ${JSON.stringify(at.href)};` : `importScripts(${JSON.stringify(at.href)});`);
      return Reflect.construct(target, [make(new Parts([start, '\n', rest], { type: 'text/javascript' })), options], maker);
    },
  });
  Object.defineProperty(window, 'Worker', { value: Watched, configurable: true, writable: true });
  Object.defineProperty(Real.prototype, 'constructor', { value: Watched, configurable: true, writable: true });
})();
