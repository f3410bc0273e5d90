// Choosing a stretch of days by hand, and reading a picture by its keys. Everything is also in the form and in the table.
"use strict";
(() => {
  for (const picture of document.querySelectorAll("svg.pic")) {
    const hits = [...picture.querySelectorAll(".hit, .flow, .dot")].filter((each) => each.querySelector("title"));
    const spoken = picture.closest("figure").querySelector(".spoken");
    let at = -1;
    const show = (place) => {
      if (!hits.length) return;
      at = Math.max(0, Math.min(hits.length - 1, place));
      hits.forEach((hit, n) => hit.classList.toggle("at", n === at));
      if (spoken) spoken.textContent = hits[at].querySelector("title").textContent;
    };
    hits.forEach((hit, n) => hit.addEventListener("pointerenter", () => show(n)));
    picture.addEventListener("keydown", (event) => {
      const steps = { ArrowRight: 1, ArrowLeft: -1 };
      if (event.key in steps) { event.preventDefault(); show(at + steps[event.key]); }
      if (event.key === "Home") { event.preventDefault(); show(0); }
      if (event.key === "End") { event.preventDefault(); show(hits.length - 1); }
    });
    const form = document.querySelector("form.stretch");
    if (!form || !("days" in picture.dataset)) continue;
    let from = -1;
    const mark = (one, other) => hits.forEach((hit, n) => hit.classList.toggle("chosen", n >= Math.min(one, other) && n <= Math.max(one, other)));
    picture.addEventListener("pointerdown", (event) => { from = hits.indexOf(event.target.closest(".hit")); });
    picture.addEventListener("pointermove", (event) => {
      const here = hits.indexOf(event.target.closest(".hit"));
      if (from >= 0 && here >= 0 && event.buttons) mark(from, here);
    });
    picture.addEventListener("pointerup", (event) => {
      const here = hits.indexOf(event.target.closest(".hit"));
      if (from >= 0 && here >= 0 && here !== from) {
        form.elements.from.value = hits[Math.min(from, here)].dataset.key;
        form.elements.until.value = hits[Math.max(from, here)].dataset.key;
        form.requestSubmit();
      }
      from = -1;
    });
  }
  // A mail that is chosen as a file goes in as it is, byte by byte.
  for (const chosen of document.querySelectorAll("input[data-into]")) {
    chosen.closest("label").hidden = false;
    chosen.addEventListener("change", () => {
      const file = chosen.files[0], field = chosen.form.elements[chosen.dataset.into];
      field.value = "";
      chosen.setCustomValidity("");
      if (!file) return;
      if (file.size > Number(chosen.dataset.most)) { chosen.setCustomValidity(`> ${Math.floor(Number(chosen.dataset.most) / 1000)} kB`); chosen.reportValidity(); return; }
      const reader = new FileReader();
      reader.addEventListener("load", () => { field.value = reader.result.slice(reader.result.indexOf(",") + 1); });
      reader.readAsDataURL(file);
    });
  }
})();
