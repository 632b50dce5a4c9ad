// What a designer would mend on the page as it stands: [what, where, …] a finding. Looks into shadow
// roots; says nothing of what scrolls on purpose, or of what is there for screen readers alone.
(width) => {
  const found = [];
  const say = (what, node, more = "") => found.push([what, path(node), String(more).trim().slice(0, 90)]);
  const parent = (node) => node.parentElement ?? (node.getRootNode() instanceof ShadowRoot ? node.getRootNode().host : null);
  const path = (node) => {
    const keys = [];
    for (let each = node; each; each = parent(each)) {
      const key = /st-key-([\w.-]+)/.exec(each.className?.baseVal ?? each.className ?? "")?.[1];
      const name = key ? `.${key}` : each.dataset?.testid;
      if (name && !["stVerticalBlock", "stElementContainer", "stApp", "stAppViewContainer", "stMain", "stLayoutWrapper"].includes(name)) keys.unshift(name);
    }
    return keys.slice(-4).join(" > ") || node.tagName;
  };
  const all = (root) => [...root.querySelectorAll("*")].flatMap((each) => each.shadowRoot ? [each, ...all(each.shadowRoot)] : [each]);
  const nodes = all(document);
  const css = new Map();
  const style = (node) => css.get(node) ?? css.set(node, getComputedStyle(node)).get(node);
  // Hidden from eyes: a pixel wide, clipped to nothing, transparent, or in a closed fold.
  const unseen = new Map();
  const hidden = (node) => {
    if (!node || node === document.body) return false;
    if (unseen.has(node)) return unseen.get(node);
    const look = style(node), box = node.getBoundingClientRect();
    const gone = !node.checkVisibility() || look.visibility === "hidden" || look.display === "none" || Number(look.opacity) < 0.05
      || (look.position === "absolute" && (box.width <= 2 || box.height <= 2) && look.overflow !== "visible")
      || /rect\(0|inset\(50%/.test(look.clip + look.clipPath) || node.matches("[data-testid=stSidebar][aria-expanded=false]") || hidden(parent(node));
    unseen.set(node, gone);
    return gone;
  };

  // 1. The page itself goes no further than the window.
  for (const each of [document.documentElement, document.querySelector("[data-testid=stMain]")]) {
    if (each && each.scrollWidth > each.clientWidth + 1) say("the page scrolls sideways", each, `${each.scrollWidth} of ${each.clientWidth}`);
  }

  // 2. Text is cut by nothing that does not scroll.
  const texts = [];
  for (const node of nodes) {
    if (node instanceof SVGElement || /^(SCRIPT|STYLE|NOSCRIPT|TITLE|OPTION|TEXTAREA|CANVAS|DATALIST)$/.test(node.tagName)) continue;
    if (node.closest("canvas, [aria-hidden=true] > title")) continue;
    const words = [...node.childNodes].filter((each) => each.nodeType === 3 && each.data.trim());
    if (!words.length || !node.getClientRects().length || hidden(node)) continue;
    const range = document.createRange();
    const boxes = words.flatMap((each) => (range.selectNodeContents(each), [...range.getClientRects()])).filter((box) => box.width > 1);
    if (!boxes.length) continue;
    texts.push([node, boxes, words.map((each) => each.data).join(" ")]);
    const left = Math.min(...boxes.map((b) => b.left)), right = Math.max(...boxes.map((b) => b.right));
    for (let each = node; each && each !== document.body; each = parent(each)) {
      const look = style(each);
      if (/auto|scroll/.test(look.overflowX)) break;
      if (!/hidden|clip/.test(look.overflowX) || look.display === "inline") continue;
      const box = each.getBoundingClientRect();
      if (box.width < 2) break; // folded away
      if (right > box.right + 1.5 || left < box.left - 1.5) { say("text is cut", node, words[0].data); break; }
    }
    if (right > width + 1 || left < -1) {
      let scroller = node;
      while (scroller && !(/auto|scroll/.test(style(scroller).overflowX) && scroller.dataset?.testid !== "stMain")) scroller = parent(scroller);
      if (!scroller) say("text lies outside the window", node, words[0].data);
    }
  }
  for (const node of nodes.filter((each) => each.matches?.("input[role=combobox]"))) {
    if (!hidden(node) && node.scrollWidth > node.clientWidth + 1) say("a choice is cut", node, node.value);
  }

  // 3. No two texts lie on each other: in charts, and among headings, labels and paragraphs.
  const overlaps = (items) => {
    for (let i = 0; i < items.length; i++) {
      for (let k = i + 1; k < items.length; k++) {
        const [one, a, first] = items[i], [two, b, second] = items[k];
        if (one.contains(two) || two.contains(one)) continue;
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (wide > 2 && high > 3) say("texts overlap", one, `${first.slice(0, 40)} | ${second.slice(0, 40)}`);
      }
    }
  };
  for (const plot of nodes.filter((each) => each.matches?.(".js-plotly-plot"))) {
    if (!plot.getClientRects().length || hidden(plot)) continue;
    const frame = plot.getBoundingClientRect(), items = [];
    for (const text of plot.querySelectorAll("svg text")) {
      const words = text.textContent.trim(), box = text.getBoundingClientRect();
      if (!words || !box.width || hidden(text) || text.closest(".modebar, .hoverlayer")) continue;
      // What a trace writes outside its axes is clipped away, and the page says so below the chart.
      const subplot = text.closest("[clip-path]") && plot.querySelector(".draglayer .nsewdrag");
      const { top, bottom } = (subplot || plot).getBoundingClientRect();
      if (Math.min(box.bottom, bottom) - Math.max(box.top, top) < 0.3 * box.height) continue;
      const turned = /rotate\((-?[\d.]+)/.exec(text.getAttribute("transform") ?? "");
      const slanted = turned && Number(turned[1]) % 90 !== 0;
      if (box.right > frame.right + 2 || box.left < frame.left - 2 || box.bottom > frame.bottom + 2 || box.top < frame.top - 2) say("a chart's text is cut", plot, words);
      // Values written into cells and segments are the chart's own marks.
      if (!slanted && !text.closest(".heatmaplayer, .trace, .dimension")) items.push([text, box, words]);
    }
    overlaps(items);
  }
  const flow = texts.filter(([node]) => node.closest("[data-testid=stMain]") && !node.closest(".js-plotly-plot, pre, [data-testid=stDataFrame]"));
  overlaps(flow.flatMap(([node, boxes, words]) => boxes.map((box) => [node, box, words])).filter(([, box]) => box.height > 4));

  // 4. Where there is width, a table shows all its columns; a staff is never cut.
  for (const node of nodes) {
    if (node.matches?.(".dvn-scroller") && width >= 1440 && node.scrollWidth > node.clientWidth + 2) say("a table hides columns", node, `${node.scrollWidth} of ${node.clientWidth}`);
    if (node.matches?.("[data-testid=staff]") && node.scrollWidth > node.clientWidth + 2) say("the staff is cut", node, `${node.scrollWidth} of ${node.clientWidth}`);
  }
  return found;
}
