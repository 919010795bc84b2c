"use strict";
// The network of a case: fixed places, folded hubs, a window of time, rows at a click. Text is only ever set as text.
function caselensNetwork(root, data, { words, say, make }) {
  const nodeOf = data.nodes.map(([look, label, short, full, x, y, size, least], id) =>
    ({ ...data.node_looks[look], id, label, short, full, x, y, size, least, open: false }));
  const lineOf = data.lines.map(([look, from, to, width, label, kind], id) =>
    ({ ...data.line_looks[look], id, from, to, width, label: label || undefined, kind }));
  const linesAt = nodeOf.map(() => []);
  for (const line of lineOf) for (const end of new Set([line.from, line.to])) linesAt[end].push(line);
  // Only what is to be seen is handed to the drawing library; the rest waits here.
  const away = new Set([...Object.values(data.folded).flat(), ...data.apart]);
  const time = caselensTime(root, data, lineOf, make);
  const inSight = (line) => !away.has(line.from) && !away.has(line.to) && time.has(line.id);
  const nodes = new vis.DataSet(nodeOf.filter((node) => !away.has(node.id)));
  const lines = new vis.DataSet(lineOf.filter(inSight));
  const graph = new vis.Network(root.querySelector(".canvas"), { nodes, edges: lines }, data.options);
  const panel = root.querySelector(".panel");
  let chosen = () => panel.replaceChildren(make("p", words.pick));
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

  // -- the panel --------------------------------------------------------------------------------------------------
  function rows([, total, listed], id) {
    const held = id === undefined ? listed : listed.filter((_, at) => time.hasRow(id, at));
    const inAll = id === undefined ? total : Math.min(total, time.times(id));
    panel.append(make("h4", `${words.rows} (${inAll})`));
    if (!total) { panel.append(make("p", words.norows)); return; }
    const list = make("ul", undefined, "evidence");
    for (const index of held) {
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
    if (inAll > held.length) panel.append(make("p", say("more", inAll - held.length)));
    if (total > inAll) panel.append(make("p", data.words.outside.replace("{n}", total - inAll)));
  }
  function about(id) {
    const whole = make("div", data.line_detail[id][0], "where"), within = time.sentence(id);
    return within ? [make("div", within, "within"), whole] : [whole];
  }
  function showLine(id, from) {
    const line = lineOf[id];
    panel.replaceChildren(make("h4", `${nodeOf[line.from].full} ${line.arrows ? "→" : "—"} ${nodeOf[line.to].full}`), ...about(id));
    rows(data.line_detail[id], id);
    if (from !== undefined) panel.prepend(button("← " + words.back, () => showNode(from)));
    chosen = () => showLine(id, from);
  }
  function showNode(id) {
    const node = nodeOf[id], detail = data.node_detail[id];
    panel.replaceChildren(make("h4", node.full), make("p", detail[0]));
    if (data.folded[id]) panel.append(button(node.open ? words.collapse : say("expand", data.folded[id].length), () => {
      unfold(id, !node.open); showNode(id);
    }));
    if (detail[1]) rows(detail);
    const touching = linesAt[id].filter((line) => time.has(line.id));
    panel.append(make("h4", `${words.connections} (${touching.length})`));
    const list = make("ul", undefined, "edges");
    const add = (some) => {
      for (const line of some) {
        const other = nodeOf[line.from === id ? line.to : line.from];
        const item = make("li");
        item.append(button(`${line.from === id ? "→" : "←"} ${other.full}`, () => showLine(line.id, id), "link"), ...about(line.id));
        list.append(item);
      }
    };
    add(touching.slice(0, 100));
    panel.append(list);
    if (touching.length > 100) {
      const rest = button(say("others", touching.length - 100), () => { add(touching.slice(100)); rest.remove(); });
      panel.append(rest);
    }
    if (touching.length < linesAt[id].length) panel.append(make("p", data.words.notnow.replace("{n}", linesAt[id].length - touching.length)));
    // One connection: its rows are what the reader came for.
    if (touching.length === 1) rows(data.line_detail[touching[0].id], touching[0].id);
    chosen = () => showNode(id);
  }

  // -- what is in the picture -------------------------------------------------------------------------------------
  time.onChange((changed) => {
    const seen = changed.filter((line) => !away.has(line.from) && !away.has(line.to));
    lines.remove(seen.filter((line) => !time.has(line.id)).map((line) => line.id));
    lines.update(seen.filter((line) => time.has(line.id)));
    // Whoever has no line in the chosen time stays in place, pale: the eye must not have to search anew.
    const ends = new Set(changed.flatMap((line) => [line.from, line.to]));
    for (const id of ends) nodeOf[id].opacity = linesAt[id].some((line) => time.has(line.id)) ? 1 : 0.25;
    nodes.update([...ends].filter((id) => !away.has(id)).map((id) => ({ id, opacity: nodeOf[id].opacity })));
    chosen();
  });
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

  // -- the picture as a file --------------------------------------------------------------------------------------
  const save = (name, address) => { const link = make("a"); link.href = address; link.download = name; link.click(); };
  const saveText = (name, type, text) => {
    const address = URL.createObjectURL(new Blob([text], { type }));
    save(name, address);
    setTimeout(() => URL.revokeObjectURL(address), 60000);
  };
  const inView = () => ({
    nodes: nodes.get().map((node) => ({ ...node, ...graph.getPosition(node.id) })), lines: lines.get(),
    prominent: prominent.length > 0, title: root.querySelector(".canvas").getAttribute("aria-label"),
    legend: [...root.querySelectorAll(".legend li")],
  });
  root.querySelector(".png").addEventListener("click", () => {
    const source = root.querySelector(".canvas canvas"), target = document.createElement("canvas");
    target.width = source.width; target.height = source.height;
    const context = target.getContext("2d");
    context.fillStyle = "#fff"; context.fillRect(0, 0, target.width, target.height); context.drawImage(source, 0, 0);
    save("network.png", target.toDataURL("image/png"));
  });
  root.querySelector(".svg").addEventListener("click", () => saveText("network.svg", "image/svg+xml", caselensSvg(inView(), data)));
  root.querySelector(".graphml").addEventListener("click", () =>
    saveText("network.graphml", "application/xml", caselensGraphml(nodeOf, lineOf, data, time)));

  // What carries a name from afar keeps a size that can be seen; it is drawn in its own size when close.
  const prominent = nodeOf.filter((node) => node.least > 0);
  let resizing = 0;
  const resize = () => {
    const scale = graph.getScale();
    nodes.update(prominent.filter((node) => !away.has(node.id)).map((node) => ({ id: node.id, size: Math.max(node.size, node.least / scale) })));
  };
  if (prominent.length) graph.on("zoom", () => { clearTimeout(resizing); resizing = setTimeout(resize, 120); });
  chosen();
  graph.once("afterDrawing", () => root.setAttribute("data-drawn", "yes"));
  // The library fits the shapes and forgets their names: the frame is drawn round both.
  function frame(named) {
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (const node of nodes.get()) {
      const letter = node.font?.size || 14, is = named(node);
      const wide = [...node.label].reduce((sum, one) => sum + (one.codePointAt(0) > 0x2e80 ? 1 : 0.58), 0) * letter;
      const [half, below] = is ? [Math.max(node.size, wide / 2), node.size + letter * 1.4] : [node.size, node.size];
      box[0] = Math.min(box[0], node.x - half); box[1] = Math.min(box[1], node.y - node.size);
      box[2] = Math.max(box[2], node.x + half); box[3] = Math.max(box[3], node.y + below);
    }
    const canvas = root.querySelector(".canvas"), width = box[2] - box[0], height = box[3] - box[1];
    const scale = Math.min(1.4, 0.97 * canvas.clientWidth / width, 0.97 * canvas.clientHeight / height);
    return { position: { x: (box[0] + box[2]) / 2, y: (box[1] + box[3]) / 2 }, scale };
  }
  function fit() {
    if (!nodes.length) return;
    // From afar only the prominent carry names; where the scale lets the others show theirs, they need room as well.
    let view = frame((node) => node.least > 0);
    if (view.scale * 14 >= data.options.nodes.scaling.label.drawThreshold) view = frame(() => true);
    graph.moveTo({ ...view, animation: false });
    if (prominent.length) resize();
  }
  root.querySelector(".fit").addEventListener("click", fit);
  fit();
  root.caselens = { graph, nodes, lines };
}
