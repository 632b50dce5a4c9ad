// One run's units on the text. Part of the script that player.js begins.

/** A layer's units: dropdown, search, legend, and the text coloured by the unit chosen. */
class Layer {
  constructor(player, number, neuron) {
    this.player = player;
    this.number = number;
    this.neuron = neuron;
    this.activity = null;
    const id = number ? "-second" : "";
    this.id = id;
    this.bar = element("div", { class: "neurons", "data-testid": `neurons${id}`, hidden: true });
    this.text = element("pre", { class: "text", tabindex: 0, "data-testid": `text${id}`, "aria-label": "ABC text", hidden: number > 0 });
  }

  write() {
    const { player, text, number } = this;
    this.cells = !player.data.showText || (number && !this.activity) ? [] : player.letters.map((letter, index) => {
      const cell = element("span", { "data-index": index, "data-testid": `${number ? "second" : "char"}-${index}`,
        class: letter === " " ? "space" : letter === "\n" ? "newline" : null });
      cell.textContent = letter;
      return cell;
    });
    text.replaceChildren(...this.cells);
    if (this.listens) return;
    this.listens = true;
    player.on(text, "click", (event) => {
      const index = indexOf(event.target);
      if (index !== null) player.pick(index);
    });
    player.on(text, "pointermove", (event) => player.hover(indexOf(event.target), event, this));
    player.on(text, "pointerleave", () => { player.tip.hidden = true; });
    // Both texts are broken into the same lines, so they show the same ones.
    player.on(text, "scroll", () => {
      const other = player.layers[1 - number].text;
      if (!other.hidden && Math.abs(other.scrollTop - text.scrollTop) > 1) other.scrollTop = text.scrollTop;
    });
  }

  /** Show these activations, or none; whether anything changed. */
  take(activity, changed) {
    const look = activity && JSON.stringify({ ...activity, values: activity.values.length });
    if (!changed && look === this.look && activity?.values === this.activity?.values) return false;
    const had = !!this.activity;
    this.look = look;
    this.activity = activity ?? null;
    this.bar.hidden = !activity;
    if (this.number) this.text.hidden = !activity;
    if (!activity) {
      if (had) this.clear();
      return had;
    }
    if (!this.cells.length) this.write();
    this.levels = null; // decoded when they are asked for
    const raw = bytes(activity.values);
    this.numbers = activity.bits === 16 ? new Int16Array(raw.buffer) : new Int8Array(raw.buffer);
    this.neuron = Math.min(Math.max(this.neuron ?? 0, 0), activity.units - 1);
    const ends = activity.colours === "red-blue" ? ["red", "blue"] : ["purple", "orange"];
    const scale = (from) => Array.from({ length: 257 }, (_, i) => this.shade((i - 128) / 128, from, ends));
    this.colours = scale("middle");
    this.inks = scale("ink");
    this.controls();
    this.paint();
    return true;
  }

  clear() {
    for (const cell of this.cells) {
      cell.style.backgroundColor = "";
      delete cell.dataset.value;
    }
    if (this.number) return;
    this.player.staff.colour(null);
  }

  get name() {
    return this.activity.title || this.activity.quantity;
  }

  shade(share, from, ends) {
    const { palette } = this.player;
    return mix(palette[from], palette[ends[share < 0 ? 0 : 1]], Math.abs(share));
  }

  value(index) {
    const raw = this.numbers[this.neuron * this.player.letters.length + Number(index)];
    return raw === undefined ? NaN : raw * this.activity.step;
  }

  reading(index) {
    const value = this.value(index);
    return `: ${value.toFixed(this.activity.bits === 16 ? 4 : 2)}${this.percentile(value)}`;
  }

  /** Where a value lies among the unit's over the corpus. */
  percentile(value) {
    const quantiles = this.activity.quantiles;
    if (!quantiles) return "";
    this.levels ??= new Int16Array(bytes(quantiles.values).buffer);
    const first = this.neuron * quantiles.each, most = quantiles.each - 1;
    const below = this.levels.subarray(first, first + quantiles.each).filter((level) => level * quantiles.step < value).length;
    const share = Math.round((100 * Math.min(below, most)) / most);
    return `, above ${share} % of the corpus`;
  }

  /** The value that has the full colour, of the unit shown. */
  get bound() {
    return this.activity.bounds[this.neuron];
  }

  level(value) {
    return Math.round(Math.min(Math.max(value / this.bound, -1), 1) * 128) + 128;
  }

  controls() {
    const { activity, player, id } = this;
    const keys = this.number ? "Shift with up and down arrows switches" : "Up and down arrows switch";
    this.select = element("select", { "data-testid": `neuron${id}`, title: `${keys} the neuron` });
    this.find = element("input", { type: "search", "data-testid": `find${id}`, placeholder: "Find a neuron",
      "aria-label": "Find a neuron by number or label: up and down arrows go through those found, Enter takes one, Escape none",
      value: this.find?.value ?? "" });
    this.found = element("span", { class: "found", "data-testid": `found${id}`, role: "status" });
    player.on(this.select, "change", () => {
      this.show(Number(this.select.value));
      this.settle();
    });
    player.on(this.find, "input", () => {
      const found = this.list();
      if (found.length && !found.includes(this.neuron)) {
        this.show(found[0]);
        this.list();
      }
      this.select.value = this.neuron;
    });
    player.on(this.find, "keydown", (event) => {
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (by) this.turn(by, this.listed);
      else if (event.key === "Enter" ? this.listed.length : event.key === "Escape") this.settle();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    const ramp = element("i");
    const stops = (activity.gate ? [128, 192, 256] : [0, 64, 128, 192, 256]).map((i) => this.colours[i]);
    ramp.style.background = `linear-gradient(to right, ${stops.join(",")})`;
    this.low = element("output");
    this.high = element("output");
    const legend = element("span", { class: "legend", "data-testid": `legend${id}`, title: "What a colour stands for: 0 in the middle" },
      this.low, ramp, this.high);
    this.readout = element("span", { class: "readout", "data-testid": `readout${id}`, "aria-live": "off" });
    const title = activity.title ? `${activity.title}: ` : "";
    const save = (format) => {
      const button = element("button", { type: "button", class: "save", "data-testid": `save-${format}${id}`,
        title: `Save staff and text, coloured as they are, as ${format.toUpperCase()}` }, format.toUpperCase());
      player.on(button, "click", () => this.save(format));
      return button;
    };
    this.bar.replaceChildren(element("label", {}, `${title}${activity.quantity}, neuron`, this.select), this.find, this.found,
      legend, save("svg"), save("png"), this.readout);
    this.list();
  }

  /** A search is over: all units are listed again, and the keys are the player's. */
  settle() {
    this.find.value = "";
    this.list();
    this.player.root.focus({ preventScroll: true });
  }

  /** Fill the dropdown with the units that the search finds; they come back. */
  list() {
    const { activity } = this;
    const wanted = this.find.value.trim().toLowerCase();
    const name = (unit) => this.named(unit);
    const number = /^\d+$/.test(wanted);
    const found = activity.order.filter((unit) => number ? String(unit).startsWith(wanted) : name(unit).toLowerCase().includes(wanted));
    if (number) found.sort((a, b) => a - b);
    this.listed = found;
    this.find.classList.toggle("none", !found.length);
    this.found.textContent = !wanted ? "" : !found.length ? "Not found"
      : `${found.length} found${found.length > 1 ? ": ↓ ↑ go through them," : ","} Enter takes it`;
    const shown = found.includes(this.neuron) ? found : [this.neuron, ...found];
    this.select.replaceChildren(...shown.map((unit) => element("option", { value: unit }, name(unit))));
    this.select.value = this.neuron;
    return found;
  }

  turn(by, units = this.activity.order) {
    if (!units.length) return;
    const at = units.indexOf(this.neuron);
    this.show(units[(at < 0 ? 0 : at + by + units.length) % units.length]);
  }

  show(neuron) {
    this.neuron = neuron;
    this.paint();
    this.player.plot.draw();
    this.player.cursor(this.player.place ?? null);
    this.player.tell();
  }

  paint() {
    const { player } = this;
    if (!this.listed.includes(this.neuron)) this.list();
    this.select.value = this.neuron;
    const bound = String(Number(this.bound.toPrecision(3)));
    this.low.value = this.activity.gate ? "0" : `−${bound}`;
    this.high.value = this.activity.gate ? bound : `+${bound}`;
    this.cells.forEach((cell, index) => {
      const value = this.value(index);
      cell.style.backgroundColor = this.colours[this.level(value)];
      cell.dataset.value = value.toFixed(4);
    });
    if (this.number) return;
    player.root.dataset.neuron = this.neuron;
    player.staff.colour((start) => this.inks[this.level(this.noteValue(start))]);
  }

  /** What a note on the staff shows: of its characters' values the mean, the last, or the one furthest from 0. */
  noteValue(start) {
    const [, end] = this.player.spans.get(start) ?? [start, start + 1];
    if (this.activity.note === "last") return this.value(end - 1);
    let sum = 0, largest = 0;
    for (let index = start; index < end; index++) {
      const value = this.value(index);
      sum += value;
      if (Math.abs(value) > Math.abs(largest)) largest = value;
    }
    return this.activity.note === "largest" ? largest : sum / (end - start);
  }

  // Pictures --------------------------------------------------------------------------------------

  named(unit) {
    const label = this.activity.labels[unit];
    return label ? `${unit} · ${label}` : String(unit);
  }

  /** Staff and text as they are coloured, with the legend, as one drawing. */
  picture() {
    const { player, activity } = this;
    const { palette, letters } = player;
    const [wide, high, columns, edge] = [11, 24, 80, 16];
    const rows = [[]];
    letters.forEach((letter, index) => {
      if (rows.at(-1).length === columns) rows.push([]);
      rows.at(-1).push(index);
      if (letter === "\n") rows.push([]);
    });
    const width = columns * wide + 2 * edge;
    const drawing = shape("svg", { xmlns: SVG, "font-family": "monospace" });
    const write = (x, y, words, more = {}) => {
      const text = shape("text", { x, y, fill: palette.ink, "font-size": 14, ...more });
      text.textContent = words;
      drawing.append(text);
    };
    const box = (x, y, w, h, fill) => drawing.append(shape("rect", { x, y, width: w, height: h, fill }));
    const paper = shape("rect", { width: "100%", height: "100%", fill: palette.paper });
    drawing.append(paper);
    const words = `${this.name}${activity.title ? `, ${activity.quantity}` : ""}, neuron ${this.named(this.neuron)}`;
    write(edge, edge + 12, words, { "font-family": "sans-serif" });
    let y = edge + 26;
    for (let i = 0; i < 160; i++) {
      const level = activity.gate ? 128 + Math.round((i / 159) * 128) : Math.round((i / 159) * 256);
      box(edge + 60 + i, y, 1.5, 12, this.colours[level]);
    }
    write(edge, y + 11, this.low.value, { "font-size": 12 });
    write(edge + 228, y + 11, this.high.value, { "font-size": 12 });
    y += 28;
    const staff = this.number ? null : player.staff.box.querySelector("svg:not(.roll)");
    if (staff) {
      const { width: w, height: h } = staff.viewBox.baseVal;
      const copy = staff.cloneNode(true);
      const tall = w ? (h / w) * (width - 2 * edge) : 0;
      copy.removeAttribute("style");
      for (const [name, value] of Object.entries({ x: edge, y, width: width - 2 * edge, height: tall, color: palette.ink, fill: palette.ink })) {
        copy.setAttribute(name, value);
      }
      drawing.append(copy);
      y += tall + 12;
    }
    for (const row of rows.filter((each) => each.length)) {
      row.forEach((index, column) => {
        box(edge + column * wide, y, wide, high - 3, this.colours[this.level(this.value(index))]);
        write(edge + column * wide + wide / 2, y + 16, visible(letters[index]), { "text-anchor": "middle" });
      });
      y += high;
    }
    const height = Math.ceil(y + edge);
    for (const [name, value] of Object.entries({ viewBox: `0 0 ${width} ${height}`, width, height })) drawing.setAttribute(name, value);
    return drawing;
  }

  async save(format) {
    const drawing = this.picture();
    let file = new Blob([new XMLSerializer().serializeToString(drawing)], { type: "image/svg+xml" });
    if (format === "png") file = await painted(file, drawing.viewBox.baseVal);
    const link = element("a", { href: URL.createObjectURL(file), download: `${this.activity.file}neuron-${this.neuron}.${format}` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }
}

/** An SVG file as a PNG file, two pixels to a unit. */
async function painted(file, { width, height }) {
  const url = URL.createObjectURL(file);
  const image = new Image();
  image.src = url;
  await image.decode();
  const canvas = element("canvas", { width: 2 * width, height: 2 * height });
  canvas.getContext("2d").drawImage(image, 0, 0, 2 * width, 2 * height);
  URL.revokeObjectURL(url);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}
