"use strict";
(() => {
  const root = document.documentElement;
  const store = {
    get(key) { try { return localStorage.getItem("gaterunner." + key); } catch { return null; } },
    set(key, value) { try { localStorage.setItem("gaterunner." + key, value); } catch { /* nothing is kept then */ } },
  };
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // Before the page is painted, so that it does not flash.
  const themes = ["system", "light", "dark"];
  let theme = themes.includes(store.get("theme")) ? store.get("theme") : "system";
  const paint = () => { if (theme === "system") delete root.dataset.theme; else root.dataset.theme = theme; };
  paint();

  function themeSwitch() {
    const button = one("#theme");
    const label = () => { button.textContent = "Theme: " + theme; };
    button.hidden = false;
    label();
    button.addEventListener("click", () => {
      theme = themes[(themes.indexOf(theme) + 1) % themes.length];
      store.set("theme", theme);
      paint();
      label();
    });
  }

  function folding() {
    const button = one("#unfold");
    // Excerpts of findings stay as they are: with thousands of them, unfolding would take long.
    const folds = () => all(".row, .row .folded");
    if (!folds().length) return;
    button.hidden = false;
    let open = false;
    button.addEventListener("click", () => {
      open = !open;
      for (const each of folds()) each.open = open;
      button.textContent = open ? "Fold all" : "Unfold all";
    });
    for (const log of all(".log")) {
      // What a gate said last is what a reader looks for.
      log.closest("details").addEventListener("toggle", () => { log.scrollTop = log.scrollHeight; }, { once: true });
    }
    let opened = [];
    addEventListener("beforeprint", () => {
      const closed = all("details:not([open])");
      for (const each of closed) each.open = true;
      opened.push(...closed);
    });
    addEventListener("afterprint", () => {
      for (const each of opened) each.open = false;
      opened = [];
    });
  }

  function copying() {
    for (const button of all(".copy")) {
      button.hidden = false;
      const command = one("code", button.parentElement);
      button.addEventListener("click", async () => {
        try {
          await navigator.clipboard.writeText(command.textContent);
          button.textContent = "Copied";
        } catch {
          getSelection().selectAllChildren(command);
          button.textContent = "Selected";
        }
        setTimeout(() => { button.textContent = "Copy"; }, 2000);
      });
    }
  }

  function filtering() {
    const form = one(".filter");
    if (!form) return { reveal() {}, from() {} };
    const findings = all(".finding");
    const texts = new Map();
    const said = (item) => {
      if (!texts.has(item)) texts.set(item, item.textContent.toLowerCase());
      return texts.get(item);
    };
    const status = one(".shown", form);
    const clear = one("[type=reset]", form);
    const number = new Intl.NumberFormat("en");
    const value = (name) => form.elements.namedItem(name)?.value ?? "";
    const narrow = () => {
      const severities = new Set(all("[name=severity]:checked", form).map((box) => box.value));
      const boxes = all("[name=severity]", form).length > 0;
      const source = value("source"), standing = value("standing");
      const words = value("words").toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const item of findings) {
        const fits = (!boxes || severities.has(item.dataset.severity))
          && (!source || item.dataset.source === source)
          && (!standing || item.dataset.standing === standing)
          && words.every((word) => said(item).includes(word));
        item.hidden = !fits;
        shown += fits ? 1 : 0;
      }
      clear.hidden = shown === findings.length;
      status.textContent = shown === findings.length
        ? number.format(shown) + " shown"
        : number.format(shown) + " of " + number.format(findings.length) + " shown";
    };
    let waiting = 0;
    const soon = () => { clearTimeout(waiting); waiting = setTimeout(narrow, 60); };
    form.hidden = false;
    form.addEventListener("input", soon);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(narrow));
    narrow();
    return {
      /** What a link leads to is shown, whatever was filtered. */
      reveal(item) {
        if (!item.hidden) return;
        form.reset();
        narrow();
      },
      /** Only what one gate or policy found. */
      from(name) {
        const select = form.elements.namedItem("source");
        form.reset();
        if (select) select.selectedIndex = [...select.options].findIndex((option) => option.dataset.name === name);
        narrow();
      },
      search() { form.elements.namedItem("words").focus(); },
    };
  }

  function leading(filter) {
    document.addEventListener("click", (event) => {
      const link = event.target instanceof Element && event.target.closest("a[href^='#']");
      if (!link) return;
      if (link.dataset.source !== undefined) filter.from(link.dataset.source);
      const target = document.getElementById(link.hash.slice(1));
      if (!target) return;
      if (target instanceof HTMLDetailsElement) target.open = true;
      if (target.matches(".finding")) filter.reveal(target);
    });
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (target instanceof HTMLDetailsElement) target.open = true;
  }

  function keyboard(filter) {
    const dialog = one("#shortcuts");
    const box = one("input", dialog);
    box.checked = store.get("shortcuts") !== "off";
    box.addEventListener("change", () => store.set("shortcuts", box.checked ? "on" : "off"));
    const button = one("#keys");
    button.hidden = false;
    button.addEventListener("click", () => dialog.showModal());
    const step = (by) => {
      const items = all(".finding:not([hidden])");
      const at = items.indexOf(document.activeElement?.closest(".finding"));
      const next = items[at < 0 ? 0 : Math.min(Math.max(at + by, 0), items.length - 1)];
      next?.focus();
      next?.scrollIntoView({ block: "nearest" });
    };
    const keys = {
      "/": () => filter.search?.(),
      j: () => step(1),
      k: () => step(-1),
      f: () => one("#unfold").click(),
      t: () => one("#theme").click(),
      "?": () => dialog.showModal(),
    };
    document.addEventListener("keydown", (event) => {
      const typing = event.target instanceof Element && event.target.closest("input, select, textarea, dialog");
      if (typing || event.ctrlKey || event.metaKey || event.altKey || !box.checked || !Object.hasOwn(keys, event.key)) return;
      event.preventDefault();
      keys[event.key]();
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    themeSwitch();
    folding();
    copying();
    const filter = filtering();
    leading(filter);
    keyboard(filter);
  });
})();
