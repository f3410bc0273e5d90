// Keys for whoever works here all day. Everything works without this file.
"use strict";
(() => {
  const menu = document.querySelector(".menu details");
  const wide = matchMedia("(min-width: 48.01rem)");
  const rows = () => [...document.querySelectorAll("[data-row]")];
  let at = -1, waits = false;
  const show = (next) => {
    const all = rows();
    if (!all.length) return;
    at = Math.max(0, Math.min(all.length - 1, next));
    all.forEach((row, place) => row.classList.toggle("at", place === at));
    all[at].scrollIntoView({ block: "nearest" });
    const link = all[at].querySelector("a");
    if (link) link.focus({ preventScroll: true });
  };
  const go = (link) => { if (link) location.assign(link.href); };
  const acts = {
    j: () => show(at + 1),
    k: () => show(at - 1),
    o: () => at >= 0 && go(rows()[at].querySelector("a")),
    x: () => { const box = at >= 0 && rows()[at].querySelector("input[type=checkbox]"); if (box) { box.checked = !box.checked; count(); } },
    t: () => { const button = document.querySelector("button[data-act=take]"); if (button) button.click(); },
    n: () => go(document.querySelector("a[rel=next]")),
    g: () => { waits = true; setTimeout(() => { waits = false; }, 1500); },
    "/": () => { const field = document.getElementById("seek"); if (field) { field.focus(); field.select(); } },
    "?": () => { const keys = document.getElementById("keys"); if (keys) keys.showModal(); },
  };
  // Escape closes what is open, the innermost first; then it lets go of a row. A dialog would close by itself, but later than the next key.
  const escape = (from) => {
    const dialog = document.querySelector("dialog[open]");
    if (dialog) { dialog.close(); return true; }
    if (from.id === "seek") {
      if (from.value && from.value !== from.defaultValue) from.value = from.defaultValue; else from.blur();
      return true;
    }
    const inner = from.closest("details.more[open], details.unfold[open]");
    const open = inner || document.querySelector("details.more[open], details.unfold[open]") || (!wide.matches && menu && menu.open && menu);
    if (open) {
      const had = open.contains(from);
      open.open = false;
      if (had) open.querySelector("summary").focus();
      return true;
    }
    if (from.matches("input:not([type=checkbox], [type=radio]), textarea, select")) { from.blur(); return true; }
    if (at < 0) return false;
    rows().forEach((row) => row.classList.remove("at"));
    at = -1;
    if (from.closest("[data-row]")) from.blur();
    return true;
  };
  document.addEventListener("keydown", (event) => {
    const field = event.target.closest("input, textarea, select, dialog[open]");
    if (event.isComposing) return; // whoever writes Chinese chooses signs with these keys
    if (event.key === "Escape") { waits = false; if (escape(event.target)) event.preventDefault(); return; }
    if (event.key === "?" && document.querySelector("#keys[open]")) { event.preventDefault(); document.getElementById("keys").close(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || (field && field.type !== "checkbox")) return;
    if (waits) {
      waits = false;
      const link = document.querySelector(`.menu a[data-key="${CSS.escape(event.key)}"]`);
      if (link) { event.preventDefault(); go(link); }
      return;
    }
    const act = acts[event.key];
    if (act) { event.preventDefault(); act(); }
  });
  // All of a page at once, and how many are chosen.
  const every = document.querySelector("input[data-all]"), said = document.querySelector("[data-chosen]");
  const boxes = () => [...document.querySelectorAll("input[name=case]")];
  const count = () => {
    const n = boxes().filter((box) => box.checked).length;
    if (said) said.textContent = n ? `(${n})` : "";
    if (every) { every.checked = n > 0 && n === boxes().length; every.indeterminate = n > 0 && !every.checked; }
  };
  if (every) {
    every.hidden = false;
    every.addEventListener("change", () => { boxes().forEach((box) => { box.checked = every.checked; }); count(); });
    document.addEventListener("change", (event) => { if (event.target.name === "case") count(); });
    addEventListener("pageshow", count);
  }
  // On a wide screen the menu is always open; on a narrow one it folds.
  const fold = () => { if (menu) menu.open = wide.matches; };
  wide.addEventListener("change", fold);
  fold();
  // What was sent once is not sent twice by an impatient click.
  document.addEventListener("submit", (event) => {
    if (event.target.dataset.sent) { event.preventDefault(); return; }
    if (event.target.method === "post") event.target.dataset.sent = "1";
  });
})();
