"use strict";
// Draws what the page carries as data. Text is only ever set as text, never as markup.
(function () {
  const words = JSON.parse(document.getElementById("words").textContent);
  const say = (name, n) => words[name].replace("{n}", String(n));
  const make = (tag, text, name) => {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    if (name) element.className = name;
    return element;
  };

  // -- copying a locator ------------------------------------------------------------------------------------------
  async function copy(button, text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch (refused) {
      const area = make("textarea", text);
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    const before = button.textContent;
    button.textContent = words.copied;
    setTimeout(() => { button.textContent = before; }, 1500);
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-copy]");
    if (button) copy(button, button.dataset.copy);
  });

  // -- search -----------------------------------------------------------------------------------------------------
  const box = document.getElementById("q");
  if (box) {
    const shown = document.getElementById("q-count");
    let marks = [], now = -1, timer = 0;
    const clear = () => {
      for (const mark of marks) { const parent = mark.parentNode; mark.replaceWith(...mark.childNodes); parent.normalize(); }
      marks = []; now = -1;
    };
    const go = (step) => {
      if (!marks.length) return;
      if (now >= 0) marks[now].classList.remove("now");
      now = (now + step + marks.length) % marks.length;
      marks[now].classList.add("now");
      const closed = marks[now].closest("details:not([open])");
      if (closed) closed.open = true;
      marks[now].scrollIntoView({ block: "center" });
      shown.textContent = `${now + 1} / ${marks.length} ${words.matches}`;
    };
    const search = () => {
      clear();
      const wanted = box.value.trim().toLowerCase();
      if (!wanted) { shown.textContent = ""; return; }
      const walker = document.createTreeWalker(document.getElementById("main"), NodeFilter.SHOW_TEXT, {
        acceptNode: (node) => node.parentElement.closest("script,style,svg,.cl-network,.cl-figure > .cl-plot")
          ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT });
      const nodes = [];
      while (walker.nextNode()) if (walker.currentNode.data.toLowerCase().includes(wanted)) nodes.push(walker.currentNode);
      for (let node of nodes) {
        for (let at = node.data.toLowerCase().indexOf(wanted); at >= 0; at = node.data.toLowerCase().indexOf(wanted)) {
          const hit = node.splitText(at);
          const rest = hit.splitText(wanted.length);
          const mark = make("mark");
          hit.replaceWith(mark); mark.append(hit); marks.push(mark);
          node = rest;
        }
      }
      if (marks.length) go(1); else shown.textContent = words.none;
    };
    box.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(search, 200); });
    box.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); go(event.shiftKey ? -1 : 1); } });
    document.getElementById("q-next").addEventListener("click", () => go(1));
    document.getElementById("q-previous").addEventListener("click", () => go(-1));
  }

  // -- tables that sort and filter ----------------------------------------------------------------------------------
  for (const table of document.querySelectorAll("table.sortable")) {
    const body = table.tBodies[0];
    table.querySelectorAll("thead button").forEach((button, column) => button.addEventListener("click", () => {
      const head = button.closest("th");
      const down = head.getAttribute("aria-sort") === "ascending";
      table.querySelectorAll("th[aria-sort]").forEach((other) => other.setAttribute("aria-sort", "none"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const value = (row) => row.cells[column].dataset.sort ?? row.cells[column].textContent;
      const numeric = head.classList.contains("number");
      const rows = [...body.rows].sort((a, b) => numeric
        ? Number(value(a)) - Number(value(b)) : value(a).localeCompare(value(b), document.documentElement.lang));
      body.append(...(down ? rows.reverse() : rows));
    }));
  }
  // All controls of a table hold at once: words anywhere in a row, or a mark that the row carries.
  const controls = [...document.querySelectorAll("[data-filters]")];
  for (const control of controls) {
    control.addEventListener("input", () => {
      const mine = controls.filter((other) => other.dataset.filters === control.dataset.filters);
      const rows = [...document.getElementById(control.dataset.filters).tBodies[0].rows];
      const fits = (row, { value, dataset: { by } }) => !value.trim() || (by === undefined
        ? row.textContent.toLowerCase().includes(value.trim().toLowerCase())
        : by === "has" ? (row.dataset.has || "").split(" ").includes(value) : row.dataset[by] === value);
      for (const row of rows) row.hidden = !mine.every((other) => fits(row, other));
      const told = document.querySelector(`[data-counts="${control.dataset.filters}"]`);
      if (told) told.textContent = `${rows.filter((row) => !row.hidden).length} / ${rows.length}`;
    });
  }

  // -- data of a picture: plain JSON, or packed where it is large ------------------------------------------------------
  async function dataOf(root) {
    const plain = root.querySelector('script[type="application/json"]');
    if (plain) return JSON.parse(plain.textContent);
    const packed = Uint8Array.from(atob(root.querySelector('script[type="application/gzip"]').textContent), (c) => c.charCodeAt(0));
    return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
  }

  // -- figures ------------------------------------------------------------------------------------------------------
  async function draw(figure) {
    const data = await dataOf(figure);
    const plot = figure.querySelector(".cl-plot");
    plot.replaceChildren();
    data.layout.height = plot.clientHeight;
    return Plotly.newPlot(plot, data.data, data.layout, {
      responsive: true, displaylogo: false, showLink: false, locale: "en-US",
      modeBarButtonsToRemove: ["sendDataToCloud", "lasso2d", "select2d", "autoScale2d"],
    }).then(() => figure.setAttribute("data-drawn", "yes"));
  }

  // Paper has no way to unfold what is folded.
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((item) => { item.open = true; }));

  // Text first: the pictures are drawn one after another, once the page can be read.
  const waiting = [...document.querySelectorAll(".cl-network, .cl-figure")];
  (function next() {
    const item = waiting.shift();
    if (!item) { document.documentElement.setAttribute("data-ready", "yes"); return; }
    setTimeout(async () => {
      try {
        if (item.classList.contains("cl-network")) caselensNetwork(item, await dataOf(item), { words, say, make }); else await draw(item);
      } catch (error) {
        // One broken picture must not take the others with it; the console keeps the reason.
        console.error(error);
        item.append(make("p", words.broken));
      }
      next();
    }, 0);
  })();
})();
