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
  for (const filter of document.querySelectorAll("input[data-filters]")) {
    filter.addEventListener("input", () => {
      const wanted = filter.value.trim().toLowerCase();
      for (const row of document.getElementById(filter.dataset.filters).tBodies[0].rows)
        row.hidden = !row.textContent.toLowerCase().includes(wanted);
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

  // -- networks -----------------------------------------------------------------------------------------------------
  async function network(root) {
    const data = await dataOf(root);
    const nodeOf = data.nodes.map(([look, label, short, full, x, y, size, least], id) =>
      ({ ...data.node_looks[look], id, label, short, full, x, y, size, least, open: false }));
    const lineOf = data.lines.map(([look, from, to, width, label], id) =>
      ({ ...data.line_looks[look], id, from, to, width, label: label || undefined }));
    const linesAt = nodeOf.map(() => []);
    for (const line of lineOf) for (const end of new Set([line.from, line.to])) linesAt[end].push(line);
    // Only what is to be seen is handed to the drawing library; the rest waits here.
    const away = new Set([...Object.values(data.folded).flat(), ...data.apart]);
    const inSight = (line) => !away.has(line.from) && !away.has(line.to);
    const nodes = new vis.DataSet(nodeOf.filter((node) => !away.has(node.id)));
    const lines = new vis.DataSet(lineOf.filter(inSight));
    const graph = new vis.Network(root.querySelector(".canvas"), { nodes, edges: lines }, data.options);
    const panel = root.querySelector(".panel");
    const button = (text, act, name) => { const made = make("button", text, name); made.type = "button"; made.addEventListener("click", act); return made; };

    function show(ids) {
      for (const id of ids) away.delete(id);
      nodes.update(ids.map((id) => nodeOf[id]));
      lines.update(ids.flatMap((id) => linesAt[id]).filter(inSight));
    }
    function hide(ids) {
      for (const id of ids) away.add(id);
      lines.remove(ids.flatMap((id) => linesAt[id]).map((line) => line.id));
      nodes.remove(ids);
    }
    function unfold(hub, open) {
      const node = nodeOf[hub];
      if (open) show(data.folded[hub]); else hide(data.folded[hub]);
      node.open = open;
      nodes.update({ id: node.id, label: open ? node.short : node.label });
    }
    function rows([sentence, total, listed]) {
      panel.append(make("h4", `${words.rows} (${total})`));
      if (!total) { panel.append(make("p", words.norows)); return; }
      const list = make("ul", undefined, "evidence");
      for (const index of listed) {
        const [record, where, text] = data.rows[index];
        const item = make("li");
        if (text) item.append(make("div", text));
        item.append(make("div", record, "where"));
        if (where) {
          const line = make("div", where + " ", "where");
          const copier = make("button", words.copy); copier.type = "button"; copier.dataset.copy = where;
          line.append(copier); item.append(line);
        }
        list.append(item);
      }
      panel.append(list);
      if (total > listed.length) panel.append(make("p", say("more", total - listed.length)));
    }
    function showLine(id, from) {
      const line = lineOf[id];
      panel.replaceChildren(make("h4", `${nodeOf[line.from].full} ${line.arrows ? "→" : "—"} ${nodeOf[line.to].full}`),
        make("p", data.line_detail[id][0]));
      rows(data.line_detail[id]);
      if (from !== undefined) panel.prepend(button("← " + words.back, () => showNode(from)));
    }
    function showNode(id) {
      const node = nodeOf[id], detail = data.node_detail[id];
      panel.replaceChildren(make("h4", node.full), make("p", detail[0]));
      if (data.folded[id]) panel.append(button(node.open ? words.collapse : say("expand", data.folded[id].length), () => {
        unfold(id, !node.open); showNode(id);
      }));
      if (detail[1]) rows(detail);
      const touching = linesAt[id];
      panel.append(make("h4", `${words.connections} (${touching.length})`));
      const list = make("ul", undefined, "edges");
      const add = (some) => {
        for (const line of some) {
          const other = nodeOf[line.from === id ? line.to : line.from];
          const item = make("li");
          item.append(button(`${line.from === id ? "→" : "←"} ${other.full}`, () => showLine(line.id, id), "link"));
          item.append(make("div", data.line_detail[line.id][0], "where"));
          list.append(item);
        }
      };
      add(touching.slice(0, 100));
      panel.append(list);
      if (touching.length > 100) {
        const rest = button(say("others", touching.length - 100), () => { add(touching.slice(100)); rest.remove(); });
        panel.append(rest);
      }
      // One connection: its rows are what the reader came for.
      if (touching.length === 1) rows(data.line_detail[touching[0].id]);
    }
    const all = root.querySelector(".all");
    if (all) all.addEventListener("click", () => {
      // All at once: every node moves to where it stands with nothing folded, and back.
      const open = all.getAttribute("aria-pressed") !== "true";
      all.setAttribute("aria-pressed", String(open));
      for (const node of nodeOf) node.home = node.home || [node.x, node.y];
      for (const node of nodeOf) { [node.x, node.y] = open ? data.everywhere[node.id] : node.home; node.open = open; }
      if (open) away.clear(); else for (const id of [...Object.values(data.folded).flat(), ...data.apart]) away.add(id);
      lines.clear(); nodes.clear();
      nodes.add(nodeOf.filter((node) => !away.has(node.id)).map((node) => (open ? { ...node, label: node.short } : node)));
      lines.add(lineOf.filter(inSight));
      fit();
    });
    graph.on("click", (event) => {
      if (event.nodes.length) showNode(event.nodes[0]);
      else if (event.edges.length) showLine(event.edges[0]);
    });
    graph.on("doubleClick", (event) => {
      const id = event.nodes[0];
      if (id !== undefined && data.folded[id]) { unfold(id, !nodeOf[id].open); showNode(id); }
    });
    const find = root.querySelector("input[type=search]"), options = root.querySelector("datalist");
    for (const node of nodeOf) { const option = make("option"); option.value = node.full; options.append(option); }
    const seek = () => {
      const wanted = find.value.trim().toLowerCase();
      if (!wanted) return;
      const node = nodeOf.find((item) => item.full.toLowerCase() === wanted)
        || nodeOf.find((item) => item.full.toLowerCase().includes(wanted));
      if (!node) { panel.replaceChildren(make("p", words.none)); return; }
      if (away.has(node.id)) {
        const hub = Object.keys(data.folded).find((key) => data.folded[key].includes(node.id));
        if (hub === undefined) show([node.id]); else unfold(Number(hub), true);
      }
      graph.selectNodes([node.id]);
      graph.focus(node.id, { scale: Math.max(graph.getScale(), 0.9), animation: false });
      if (prominent.length) resize();
      showNode(node.id);
    };
    find.addEventListener("change", seek);
    find.addEventListener("keydown", (event) => { if (event.key === "Enter") seek(); });
    root.querySelector(".png").addEventListener("click", () => {
      const source = root.querySelector("canvas"), target = document.createElement("canvas");
      target.width = source.width; target.height = source.height;
      const context = target.getContext("2d");
      context.fillStyle = "#fff"; context.fillRect(0, 0, target.width, target.height); context.drawImage(source, 0, 0);
      const link = make("a"); link.href = target.toDataURL("image/png"); link.download = "network.png"; link.click();
    });
    // What carries a name from afar keeps a size that can be seen; it is drawn in its own size when close.
    const prominent = nodeOf.filter((node) => node.least > 0);
    let resizing = 0;
    const resize = () => {
      const scale = graph.getScale();
      nodes.update(prominent.filter((node) => !away.has(node.id)).map((node) => ({ id: node.id, size: Math.max(node.size, node.least / scale) })));
    };
    if (prominent.length) graph.on("zoom", () => { clearTimeout(resizing); resizing = setTimeout(resize, 120); });
    panel.replaceChildren(make("p", words.pick));
    graph.once("afterDrawing", () => root.setAttribute("data-drawn", "yes"));
    // The library fits the shapes and forgets their names; a tenth is left for those at the rim.
    const fit = () => { graph.fit({ animation: false, maxZoomLevel: 1.4 }); graph.moveTo({ scale: graph.getScale() * 0.9 }); if (prominent.length) resize(); };
    root.querySelector(".fit").addEventListener("click", fit);
    fit();
    root.caselens = { graph, nodes, lines };
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
        if (item.classList.contains("cl-network")) await network(item); else await draw(item);
      } catch (error) {
        // One broken picture must not take the others with it; the console keeps the reason.
        console.error(error);
        item.append(make("p", words.broken));
      }
      next();
    }, 0);
  })();
})();
