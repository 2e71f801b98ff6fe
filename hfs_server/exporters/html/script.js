
"use strict";
// Comfort only: the page can be read without it.
(() => {
  const byId = (id) => document.getElementById(id);
  const folds = () => document.querySelectorAll("main details");
  const entries = () => document.querySelectorAll("main > article, main > details, main > p.call");

  byId("toolbar").hidden = false;

  byId("theme").addEventListener("click", () => {
    const { dataset } = document.documentElement;
    const isDark = dataset.theme
      ? dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    dataset.theme = isDark ? "light" : "dark";
  });

  byId("fold").addEventListener("click", ({ target }) => {
    const isOpen = target.textContent === "Unfold all";
    for (const fold of folds()) {
      fold.open = isOpen;
    }
    target.textContent = isOpen ? "Fold all" : "Unfold all";
  });

  const search = () => {
    const wanted = byId("search").value.trim().toLowerCase();
    let count = 0;
    for (const entry of entries()) {
      entry.hidden = wanted !== "" && !entry.textContent.toLowerCase().includes(wanted);
      count += entry.hidden ? 0 : 1;
    }
    byId("found").value = wanted && `${count} found`;
  };
  let timer;
  byId("search").addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, 200);
  });

  // A time is in UTC; its tooltip has it as the reader's clock does.
  document.addEventListener("pointerover", ({ target }) => {
    if (target instanceof HTMLTimeElement && !target.title) {
      target.title = new Date(target.dateTime).toLocaleString();
    }
  });

  // A link to a result that is folded opens what it is in.
  const reveal = () => {
    let element = byId(decodeURIComponent(location.hash.slice(1)));
    if (element) {
      for (let each = element; each; each = each.parentElement) {
        each.hidden = false;
        if (each instanceof HTMLDetailsElement) {
          each.open = true;
        }
      }
      element.scrollIntoView();
    }
  };
  addEventListener("hashchange", reveal);
  if (location.hash) {
    reveal();
  }
})();
