// Keys for those who have many findings before them. Every page works without this.
"use strict";
(() => {
  const STORED = "govah-keys";
  const rows = [...document.querySelectorAll("a[data-go]")];
  const dialog = document.getElementById("keys");
  const opener = document.getElementById("keys-open");
  const on = document.getElementById("keys-on");
  const follow = (selector) => document.querySelector(selector)?.click();

  if (dialog && opener && on) {
    opener.hidden = false;
    opener.addEventListener("click", () => dialog.showModal());
    on.checked = localStorage.getItem(STORED) !== "off";
    on.addEventListener("change", () => localStorage.setItem(STORED, on.checked ? "on" : "off"));
  }

  // what went wrong, or was recorded, is where reading goes on
  (document.getElementById("problems") ?? document.getElementById("recorded"))?.focus();

  // while a re-test runs, its page is read again
  if (document.querySelector("[data-running]")) setTimeout(() => location.replace("/retest"), 2000);

  const step = (by) => {
    if (!rows.length) return follow(by > 0 ? "a[rel=next]" : "a[rel=prev]");
    const at = rows.indexOf(document.activeElement);
    const to = at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by;
    if (to >= rows.length) return follow("a[rel=next]");
    if (to < 0) return follow("a[rel=prev]");
    rows[to].focus();
    rows[to].scrollIntoView({ block: "nearest" });
  };
  const judge = (key) => {
    const choice = document.querySelector(`input[data-key="${key}"]`);
    if (!choice) return;
    choice.checked = true;
    choice.focus();
  };
  const keys = {
    j: () => step(1),
    k: () => step(-1),
    "/": () => {
      const search = document.getElementById("search");
      if (search) search.focus();
      else location.assign("/findings");
    },
    v: () => judge("v"),
    p: () => judge("p"),
    c: () => judge("c"),
    t: () => judge("t"),
    w: () => document.querySelector("#record input:not([type=hidden])")?.focus(),
    u: () => follow("a[data-up]"),
    0: () => judge("0"),
    1: () => judge("1"),
    2: () => judge("2"),
    3: () => judge("3"),
    "?": () => (document.querySelector('input[data-key="?"]') ? judge("?") : dialog?.showModal()),
  };
  // Persian keyboards: what stands on the same key
  const same = { "ت": "j", "ن": "k", "ر": "v", "ح": "p", "ز": "c", "ف": "t", "ص": "w", "ع": "u", "؟": "?", "۰": "0", "۱": "1", "۲": "2", "۳": "3" };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || dialog?.open) return;
    const typed = event.target;
    if (typed.matches("input:not([type=radio], [type=checkbox]), textarea, select")) {
      if (event.key === "Escape") typed.blur();
      return;
    }
    const key = same[event.key] ?? event.key;
    const list = rows.includes(typed) || typed === document.body;
    const act = key === "ArrowDown" && list && rows.includes(typed) ? keys.j : key === "ArrowUp" && rows.includes(typed) ? keys.k : keys[key];
    if (!act || (on && !on.checked)) return;
    event.preventDefault();
    act();
  });
})();
