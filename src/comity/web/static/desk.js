// Keys for whoever works here all day. Everything works without this file.
"use strict";
(() => {
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
    x: () => { const box = at >= 0 && rows()[at].querySelector("input[type=checkbox]"); if (box) box.checked = !box.checked; },
    t: () => { const button = document.querySelector("button[data-act=take]"); if (button) button.click(); },
    n: () => go(document.querySelector("a[rel=next]")),
    g: () => { waits = true; setTimeout(() => { waits = false; }, 1500); },
    "/": () => { const field = document.getElementById("seek"); if (field) { field.focus(); field.select(); } },
    "?": () => { const keys = document.getElementById("keys"); if (keys) keys.showModal(); },
  };
  document.addEventListener("keydown", (event) => {
    const field = event.target.closest("input, textarea, select, dialog");
    if (event.key === "Escape" && event.target.id === "seek") event.target.blur();
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
  // On a wide screen the menu is always open; on a narrow one it folds.
  const menu = document.querySelector(".menu details");
  const wide = matchMedia("(min-width: 48.01rem)");
  const fold = () => { if (menu) menu.open = wide.matches; };
  wide.addEventListener("change", fold);
  fold();
  // What was sent once is not sent twice by an impatient click.
  document.addEventListener("submit", (event) => {
    if (event.target.dataset.sent) { event.preventDefault(); return; }
    if (event.target.method === "post") event.target.dataset.sent = "1";
  });
})();
