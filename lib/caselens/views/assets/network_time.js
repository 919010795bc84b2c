"use strict";
// The window of time of a network: which lines hold in it, what they come to, and the two sliders that set it.
const caselensSum = (spans) => (spans.every(([, , times, , lacking]) => times === lacking) ? undefined
  : Math.round(spans.reduce((sum, [, , , amount]) => sum + amount, 0) * 100) / 100);

function caselensTime(root, data, lineOf, make) {
  const box = root.querySelector(".times");
  // Without dates there is nothing to choose: everything holds.
  if (!data.months || !box) return {
    has: () => true, hasRow: () => true, times: () => Infinity, sentence: () => "", onChange: () => {},
    amount: (id) => caselensSum(data.sums[id]),
  };
  const last = data.months.count - 1, [largest, thicker] = data.scale, words = data.words, zh = words.language === "zh";
  const [year, month] = data.months.first.split("-").map(Number);
  const named = (place) => {
    const at = month - 1 + place, said = `${year + Math.floor(at / 12)}-${String(at % 12 + 1).padStart(2, "0")}`;
    return place ? said : words.before.replace("{month}", said);
  };
  const holds = (from, to) => from < 0 || (from <= until && to >= since);
  let since = 0, until = last;
  const isWhole = () => since === 0 && until === last;
  const undated = data.sums.map((spans) => spans.length > 0 && spans.every(([from]) => from < 0));
  const before = new Map(lineOf.map((line) => [line.id, { width: line.width, label: line.label }]));

  // Times, sum and entries without an amount of each line in the window.
  const tally = (spans) => {
    const sum = { times: 0, cents: 0, lacking: 0 };
    for (const [from, to, times, amount, lacking] of spans)
      if (holds(from, to)) { sum.times += times; sum.cents += Math.round(amount * 100); sum.lacking += lacking; }
    return sum;
  };
  let now = data.sums.map(tally);

  // As core.money writes it: 万 and 亿 where the sum takes two decimals of them, otherwise in full.
  function money(cents, rounded) {
    let left = Math.abs(cents);
    if (rounded && left >= 1e6) { const step = zh ? (left >= 1e10 ? 1e8 : 1e4) : 100; left = Math.round(left / step) * step; }
    const sign = cents < 0 ? "-" : "";
    const written = (value, least) => value.toLocaleString("en-US", { minimumFractionDigits: least, maximumFractionDigits: 2 });
    if (zh) for (const [hundredth, unit] of [[1e8, "亿"], [1e4, "万"]])
      if (left % hundredth === 0 && left / hundredth >= 100) return sign + written(left / hundredth / 100, 0) + unit + "元";
    const full = sign + written(left / 100, 2).replace(/\.00$/, "");
    return zh ? full + "元" : "CNY " + full;
  }
  function sentence(id) {
    if (isWhole() || undated[id]) return "";
    const sum = now[id], known = sum.times > sum.lacking, parts = [words.within.replace("{n}", sum.times.toLocaleString("en-US"))];
    if (known) parts.push(words.sum.replace("{amount}", money(sum.cents)));
    if (known && sum.lacking) parts.push(words.lacking.replace("{n}", sum.lacking));
    return parts.join(" · ");
  }

  // -- sliders ----------------------------------------------------------------------------------------------------
  const [low, high] = box.querySelectorAll("input[type=range]"), said = box.querySelector("output");
  const listeners = [];
  function draw() {
    const canvas = box.querySelector("canvas"), context = canvas.getContext("2d");
    const ratio = devicePixelRatio || 1, wide = canvas.clientWidth, tall = canvas.clientHeight;
    canvas.width = wide * ratio; canvas.height = tall * ratio; context.scale(ratio, ratio);
    const heights = new Array(last + 1).fill(0);
    // What happened on a day makes a bar of its amount; a post that was held for years does not.
    for (const spans of data.sums) for (const [from, to, , amount] of spans) if (from >= 0 && from === to) heights[from] += Math.abs(amount);
    const most = Math.max(...heights);
    // The thumbs' middles run from 8 px to 8 px before the end.
    const step = (wide - 16) / Math.max(last, 1);
    heights.forEach((height, place) => {
      if (!height) return;
      const bar = Math.max(1.5, (tall - 2) * Math.sqrt(height / most));
      context.fillStyle = place >= since && place <= until ? "#0072b2" : "#b9c4cd";
      context.fillRect(8 + step * (place - 0.4), tall - bar, Math.max(1, step * 0.8), bar);
    });
  }
  function tell() {
    const lines = lineOf.filter((line) => now[line.id].times).length;
    const always = undated.filter(Boolean).length;
    said.textContent = words.window.replace("{start}", named(since)).replace("{end}", named(until)).replace("{n}", lines.toLocaleString("en-US"))
      + (always ? words.undated.replace("{n}", always.toLocaleString("en-US")) : "");
    low.setAttribute("aria-valuetext", named(since)); high.setAttribute("aria-valuetext", named(until));
    box.querySelector(".always").disabled = isWhole();
    draw();
  }
  function apply() {
    const earlier = now;
    now = data.sums.map(tally);
    const changed = lineOf.filter((line) => now[line.id].times !== earlier[line.id].times || now[line.id].cents !== earlier[line.id].cents);
    for (const line of changed) {
      const sum = now[line.id], own = before.get(line.id), known = sum.times > sum.lacking && sum.cents;
      const whole = isWhole() || !known;
      line.width = whole ? own.width : Math.round((1.5 + 5.5 * Math.sqrt(Math.abs(sum.cents) / 100 / largest)) * thicker * 10) / 10;
      line.label = own.label && !whole ? money(sum.cents, true) : own.label;
    }
    tell();
    for (const listener of listeners) listener(changed);
  }
  let waiting = 0;
  const later = () => { clearTimeout(waiting); waiting = setTimeout(apply, 60); };
  // A thumb that meets the other pushes it on: two thumbs on one place must never be stuck.
  low.addEventListener("input", () => { since = Number(low.value); until = Math.max(since, until); high.value = until; later(); });
  high.addEventListener("input", () => { until = Number(high.value); since = Math.min(since, until); low.value = since; later(); });
  box.querySelector(".always").addEventListener("click", () => { low.value = since = 0; high.value = until = last; apply(); });
  addEventListener("resize", draw);
  tell();
  return {
    sentence,
    has: (id) => now[id].times > 0,
    hasRow: (id, at) => { const months = data.line_months[id]; return holds(months[2 * at], months[2 * at + 1]); },
    times: (id) => (isWhole() ? Infinity : now[id].times),
    amount: (id) => caselensSum(data.sums[id].filter(([from, to]) => holds(from, to))),
    onChange: (listener) => listeners.push(listener),
  };
}
