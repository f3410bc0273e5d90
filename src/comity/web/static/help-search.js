"use strict";
(function () {
  var pages = JSON.parse(document.getElementById("pages").textContent);
  var field = document.getElementById("word");
  var list = document.getElementById("found");
  var none = document.getElementById("none");
  var count = document.getElementById("count");
  var entries = Array.prototype.slice.call(list.children);
  document.getElementById("ask").hidden = false;
  function plain(text) { return text.toLowerCase().normalize("NFKC"); }
  var texts = pages.map(function (page) { return plain(page.title + " " + page.text); });
  field.addEventListener("input", function () {
    var words = plain(field.value).split(/\s+/).filter(Boolean);
    var shown = 0;
    entries.forEach(function (entry, at) {
      var fits = words.every(function (word) { return texts[at].indexOf(word) >= 0; });
      entry.hidden = !fits;
      if (fits) { shown += 1; }
    });
    none.hidden = shown > 0;
    count.textContent = words.length ? String(shown) : "";
  });
}());
