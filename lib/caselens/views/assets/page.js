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

  // -- figures ------------------------------------------------------------------------------------------------------
  function draw(figure) {
    const data = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
    const plot = figure.querySelector(".cl-plot");
    plot.replaceChildren();
    data.layout.height = plot.clientHeight;
    return Plotly.newPlot(plot, data.data, data.layout, {
      responsive: true, displaylogo: false, showLink: false, locale: "en-US",
      modeBarButtonsToRemove: ["sendDataToCloud", "lasso2d", "select2d", "autoScale2d"],
    }).then(() => figure.setAttribute("data-drawn", "yes"));
  }

  // -- networks -----------------------------------------------------------------------------------------------------
  function network(root) {
    const data = JSON.parse(root.querySelector('script[type="application/json"]').textContent);
    const nodes = new vis.DataSet(data.nodes);
    const edges = new vis.DataSet(data.edges.map((edge) => ({ ...edge, dashes: edge.dashes && edge.dashes.length ? edge.dashes : false })));
    const graph = new vis.Network(root.querySelector(".canvas"), { nodes, edges }, data.options);
    const panel = root.querySelector(".panel");
    const nodeOf = new Map(data.nodes.map((node) => [node.id, node]));
    const edgeOf = new Map(data.edges.map((edge) => [edge.id, edge]));
    const edgesAt = new Map();
    for (const edge of data.edges) for (const end of new Set([edge.from, edge.to])) {
      if (!edgesAt.has(end)) edgesAt.set(end, []);
      edgesAt.get(end).push(edge);
    }
    const button = (text, act, name) => { const made = make("button", text, name); made.type = "button"; made.addEventListener("click", act); return made; };

    function rows(detail) {
      panel.append(make("h4", `${words.rows} (${detail.total})`));
      if (!detail.rows.length) { panel.append(make("p", words.norows)); return; }
      const list = make("ul", undefined, "evidence");
      for (const index of detail.rows) {
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
      if (detail.total > detail.rows.length) panel.append(make("p", say("more", detail.total - detail.rows.length)));
    }
    function showEdge(id, from) {
      const edge = edgeOf.get(id), detail = data.edge_detail[id];
      panel.replaceChildren(make("h4", `${nodeOf.get(edge.from).full} ${detail.arrow} ${nodeOf.get(edge.to).full}`));
      for (const line of detail.lines) panel.append(make("p", line));
      rows(detail);
      if (from !== undefined) panel.prepend(button("← " + words.back, () => showNode(from)));
    }
    function setFolded(hub, folded) {
      const leaves = data.folded[hub];
      nodes.update(leaves.map((id) => ({ id, hidden: folded })));
      edges.update(leaves.flatMap((id) => (edgesAt.get(id) || []).map((edge) => ({ id: edge.id, hidden: folded }))));
      const node = nodeOf.get(Number(hub));
      nodes.update({ id: node.id, label: folded ? node.label : node.short });
      node.open = !folded;
    }
    function showNode(id) {
      const node = nodeOf.get(id), detail = data.node_detail[id] || { lines: [], rows: [], total: 0 };
      panel.replaceChildren(make("h4", node.full), ...detail.lines.map((line) => make("p", line)));
      if (data.folded[id]) panel.append(button(node.open ? words.collapse : say("expand", data.folded[id].length), () => {
        setFolded(id, !!node.open); showNode(id);
      }));
      if (detail.total) rows(detail);
      const touching = edgesAt.get(id) || [];
      panel.append(make("h4", `${words.connections} (${touching.length})`));
      const list = make("ul", undefined, "edges");
      for (const edge of touching) {
        const other = nodeOf.get(edge.from === id ? edge.to : edge.from);
        const item = make("li");
        item.append(button(`${edge.from === id ? "→" : "←"} ${other.full}`, () => showEdge(edge.id, id), "link"));
        for (const line of data.edge_detail[edge.id].lines) item.append(make("div", line, "where"));
        list.append(item);
      }
      panel.append(list);
      // One connection: its rows are what the reader came for.
      if (touching.length === 1) rows(data.edge_detail[touching[0].id]);
    }
    graph.on("click", (event) => {
      if (event.nodes.length) showNode(event.nodes[0]);
      else if (event.edges.length) showEdge(event.edges[0]);
    });
    graph.on("doubleClick", (event) => {
      const id = event.nodes[0];
      if (id !== undefined && data.folded[id]) { setFolded(id, !!nodeOf.get(id).open); showNode(id); }
    });
    const find = root.querySelector("input[type=search]"), options = root.querySelector("datalist");
    for (const node of data.nodes.slice(0, 5000)) { const option = make("option"); option.value = node.full; options.append(option); }
    const seek = () => {
      const wanted = find.value.trim().toLowerCase();
      if (!wanted) return;
      const node = data.nodes.find((item) => item.full.toLowerCase() === wanted)
        || data.nodes.find((item) => item.full.toLowerCase().includes(wanted));
      if (!node) { panel.replaceChildren(make("p", words.none)); return; }
      for (const [hub, leaves] of Object.entries(data.folded)) if (leaves.includes(node.id) && !nodeOf.get(Number(hub)).open) setFolded(hub, false);
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
    const prominent = data.nodes.filter((node) => node.least > 0);
    let resizing = 0;
    const resize = () => {
      const scale = graph.getScale();
      nodes.update(prominent.map((node) => ({ id: node.id, size: Math.max(node.size, node.least / scale) })));
    };
    if (prominent.length) graph.on("zoom", () => { clearTimeout(resizing); resizing = setTimeout(resize, 120); });
    panel.replaceChildren(make("p", words.pick));
    graph.once("afterDrawing", () => root.setAttribute("data-drawn", "yes"));
    // The library fits the shapes and forgets their names; a tenth is left for those at the rim.
    const fit = () => { graph.fit({ animation: false, maxZoomLevel: 1.4 }); graph.moveTo({ scale: graph.getScale() * 0.9 }); if (prominent.length) resize(); };
    root.querySelector(".fit").addEventListener("click", fit);
    fit();
    root.caselens = { graph, nodes, edges, showNode, showEdge };
  }

  // Text first: the pictures are drawn one after another, once the page can be read.
  const waiting = [...document.querySelectorAll(".cl-network, .cl-figure")];
  (function next() {
    const item = waiting.shift();
    if (!item) { document.documentElement.setAttribute("data-ready", "yes"); return; }
    setTimeout(async () => {
      try {
        if (item.classList.contains("cl-network")) network(item); else await draw(item);
      } catch (error) {
        // One broken picture must not take the others with it; the console keeps the reason.
        console.error(error);
        item.append(make("p", words.broken));
      }
      next();
    }, 0);
  })();
})();
