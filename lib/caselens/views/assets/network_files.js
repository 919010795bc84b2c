"use strict";
// The network as a drawing (SVG) of what is in view, and as data (GraphML) of everything in the chosen time.
const caselensXml = (value) => String(value)
  .replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, (found) => `⟦U+${found.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟧`)
  .replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");

function caselensSvg({ nodes, lines, legend, title }, data) {
  const esc = caselensXml, placed = new Map(nodes.map((node) => [node.id, node])), num = (value) => Math.round(value * 10) / 10;
  const groups = data.options.groups;
  // Outlines as the legend has them, for a half-width of 1.
  const shapes = {
    dot: (s) => `<circle r="${num(s)}"`, square: (s) => `<rect x="${-s}" y="${-s}" width="${2 * s}" height="${2 * s}"`,
    diamond: (s) => polygon(4, s, 0), hexagon: (s) => polygon(6, s, 30), triangle: (s) => polygon(3, s, 0), triangleDown: (s) => polygon(3, s, 60),
    star: (s) => `<polygon points="${points(10, 0, (turn) => (turn % 2 ? 0.41 : 1.07) * s)}"`,
  };
  function points(count, start, radius) {
    return Array.from({ length: count }, (_, turn) => {
      const angle = (start + 360 * turn / count) * Math.PI / 180, r = radius(turn);
      return `${num(r * Math.sin(angle))},${num(-r * Math.cos(angle))}`;
    }).join(" ");
  }
  function polygon(count, size, start) { return `<polygon points="${points(count, start, () => size)}"`; }
  const text = (x, y, size, words, color) =>
    `<text x="${num(x)}" y="${num(y)}" font-size="${num(size)}" fill="${color}" stroke="#fff" stroke-width="${num(size / 4)}" paint-order="stroke" text-anchor="middle">${esc(words)}</text>`;
  const drawn = [], names = [];
  for (const line of lines) {
    const from = placed.get(line.from), to = placed.get(line.to);
    if (!from || !to) continue;
    const dx = to.x - from.x, dy = to.y - from.y, far = Math.hypot(dx, dy) || 1;
    const bend = line.smooth ? line.smooth.roundness * 0.5 : 0;
    const mid = [(from.x + to.x) / 2 - dy * bend, (from.y + to.y) / 2 + dx * bend];
    // The line ends at the rim of the shape, where its arrow points.
    const back = Math.atan2(mid[1] - to.y, mid[0] - to.x), reach = to.size + 2, head = line.arrows ? 6 + 1.5 * line.width : 0;
    const tip = [to.x + reach * Math.cos(back), to.y + reach * Math.sin(back)];
    const end = [to.x + (reach + head) * Math.cos(back), to.y + (reach + head) * Math.sin(back)];
    const color = esc(line.color.color || line.color), dash = line.dashes ? ` stroke-dasharray="${line.dashes.map(Number).join(" ")}"` : "";
    drawn.push(`<path d="M${num(from.x)} ${num(from.y)}Q${num(mid[0])} ${num(mid[1])} ${num(end[0])} ${num(end[1])}" fill="none" stroke="${color}" stroke-opacity="0.85" stroke-width="${num(line.width)}"${dash}/>`);
    if (line.arrows && far > reach) {
      const side = head / 2, [cos, sin] = [Math.cos(back + Math.PI / 2) * side, Math.sin(back + Math.PI / 2) * side];
      drawn.push(`<path d="M${num(tip[0])} ${num(tip[1])}L${num(end[0] + cos)} ${num(end[1] + sin)}L${num(end[0] - cos)} ${num(end[1] - sin)}z" fill="${color}"/>`);
    }
    if (line.label) names.push(text((from.x + to.x) / 2 - dy * bend / 2, (from.y + to.y) / 2 + dx * bend / 2, 12, line.label, "#404040"));
  }
  for (const node of nodes) {
    const color = (groups[node.group] || groups.other).color, pale = node.opacity ?? 1;
    const shape = (shapes[node.shape] || shapes.dot)(node.size);
    drawn.push(`<g transform="translate(${num(node.x)} ${num(node.y)})" opacity="${pale}">${shape} fill="${esc(color.background)}" stroke="${esc(color.border)}" stroke-width="${node.borderWidth || 1}"/></g>`);
    const size = node.font?.size || 14;
    if (String(node.label).trim()) names.push(text(node.x, node.y + node.size + size * 1.1, size, node.label, "#1a1a1a"));
  }
  const xs = nodes.map((node) => node.x), ys = nodes.map((node) => node.y);
  const size = Math.max(0, ...nodes.map((node) => node.size)), edge = 80 + size;
  const bound = (values, way, start) => values.reduce((one, other) => way(one, other), start);
  const [left, right] = [bound(xs, Math.min, 0) - edge, bound(xs, Math.max, 0) + edge], [top, bottom] = [bound(ys, Math.min, 0) - edge, bound(ys, Math.max, 0) + edge];
  // Legend and caption below, in a size that can be read when the whole drawing fits a page.
  const unit = Math.max(1, (right - left) / 1000), rows = [];
  let x = left + 10 * unit, y = bottom + 24 * unit;
  for (const item of legend) {
    const mark = item.querySelector("svg"), wide = (Number(mark.getAttribute("width")) + 14 + 13 * item.textContent.length) * unit;
    if (x + wide > right && x > left + 10 * unit) { x = left + 10 * unit; y += 26 * unit; }
    const inner = [...mark.children].map((child) => new XMLSerializer().serializeToString(child)).join("");
    rows.push(`<g transform="translate(${num(x)} ${num(y)}) scale(${unit})"><g transform="translate(0 ${-Number(mark.getAttribute("height")) / 2 - 5})">${inner}</g><text x="${Number(mark.getAttribute("width")) + 6}" font-size="13" fill="#1a1a1a">${esc(item.textContent)}</text></g>`);
    x += wide;
  }
  const total = y + 24 * unit;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" viewBox="${num(left)} ${num(top)} ${num(right - left)} ${num(total - top)}" width="${num(Math.min(1600, right - left))}" font-family="${esc(data.options.nodes.font.face)}">`
    + `<title>${esc(title)}</title><rect x="${num(left)}" y="${num(top)}" width="${num(right - left)}" height="${num(total - top)}" fill="#fff"/>`
    + `${drawn.join("\n")}\n${names.join("\n")}\n${rows.join("\n")}</svg>\n`;
}

function caselensGraphml(nodes, lines, data, time) {
  const esc = caselensXml, field = (key, value) => (value === undefined || value === "" ? "" : `<data key="${key}">${esc(value)}</data>`);
  const keys = [["label", "node", "string"], ["kind", "node", "string"], ["about", "node", "string"], ["x", "node", "double"], ["y", "node", "double"],
    ["table", "edge", "string"], ["relation", "edge", "string"], ["entries", "edge", "int"], ["amount", "edge", "double"], ["told", "edge", "string"]];
  const out = ['<?xml version="1.0" encoding="UTF-8"?>', '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'];
  for (const [key, where, type] of keys) out.push(`<key id="${key}" for="${where}" attr.name="${key}" attr.type="${type}"/>`);
  out.push('<graph edgedefault="directed">');
  for (const node of nodes)
    out.push(`<node id="n${node.id}">${field("label", node.full)}${field("kind", node.group)}${field("about", data.node_detail[node.id][0])}${field("x", node.x)}${field("y", node.y)}</node>`);
  for (const line of lines) if (time.has(line.id)) {
    const [table, relation] = data.kinds[line.kind];
    const entries = Math.min(time.times(line.id), data.sums[line.id].reduce((sum, span) => sum + span[2], 0));
    out.push(`<edge source="n${line.from}" target="n${line.to}">${field("table", table)}${field("relation", relation)}${field("entries", entries)}${field("amount", time.amount(line.id))}${field("told", time.sentence(line.id) || data.line_detail[line.id][0])}</edge>`);
  }
  out.push("</graph>", "</graphml>", "");
  return out.join("\n");
}
