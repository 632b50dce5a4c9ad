// The tune player: one cursor over staff, text, line plot and sound.
//
// The renderer runs again with every change of data or theme: what is already on the page stays,
// and the sound plays on. Positions count code points, as Python does. Text of a song reaches the
// page as text only; an engraving is parsed and stripped of all that could act.

const players = new WeakMap();

export default function render(component) {
  const { parentElement, data, setStateValue } = component;
  const root = parentElement.querySelector(".player");
  if (!root || !data) return;
  let player = players.get(root);
  const content = [data.text, data.svg, data.reason, data.silence, data.mime, data.instrument, data.audio ? data.audio.length : 0].join("\u0000")
    + JSON.stringify(data.timeline) + (data.audio || "").slice(-64);
  if (!player || player.content !== content) {
    const before = player;
    player = new Player(root, data, before);
    if (before) before.close();
    player.content = content;
    players.set(root, player);
  }
  player.report = (choice) => data.reports && setStateValue("choice", choice);
  player.play = (instrument) => setStateValue("instrument", instrument);
  player.activate(data);
  return () => {
    player.close();
    players.delete(root);
    root.replaceChildren();
  };
}

// Elements ------------------------------------------------------------------------------------

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, String(value));
  }
  made.append(...children);
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

function shape(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}

function icon(path) {
  const made = shape("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" });
  made.append(shape("path", { d: path }));
  return made;
}

const PLAY = "M8 5v14l11-7z";
const PAUSE = "M7 5h4v14H7zM13 5h4v14h-4z";

/** An engraving without anything that could act or fetch; null when it is no SVG. */
function safeDrawing(source) {
  const parsed = new DOMParser().parseFromString(source, "image/svg+xml");
  const drawing = parsed.documentElement;
  if (!drawing || drawing.nodeName !== "svg" || parsed.querySelector("parsererror")) return null;
  for (const bad of parsed.querySelectorAll("script, foreignObject, iframe, image, a, animate, set")) bad.remove();
  for (const style of parsed.querySelectorAll("style")) {
    if (/url\s*\(|@import|@font-face/i.test(style.textContent)) style.remove();
  }
  for (const node of [drawing, ...drawing.querySelectorAll("*")]) {
    for (const { name, value } of [...node.attributes]) {
      const link = name === "href" || name === "xlink:href";
      if (/^on/i.test(name) || (link && !value.startsWith("#")) || /url\s*\(\s*['"]?(?!#)/i.test(value)) {
        node.removeAttribute(name);
      }
    }
  }
  return document.importNode(drawing, true);
}

function bytes(base64) {
  const binary = atob(base64);
  const found = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) found[i] = binary.charCodeAt(i);
  return found;
}

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function visible(character) {
  return { "\n": "↵", " ": "␣", "\t": "⇥" }[character] ?? character;
}

/** Which character an element of the text stands for; null for anything else. */
function indexOf(target) {
  const index = target?.dataset?.index;
  return index === undefined ? null : Number(index);
}

function mix(first, second, share) {
  const part = (colour, at) => parseInt(colour.slice(at, at + 2), 16);
  const channels = [1, 3, 5].map((at) => Math.round(part(first, at) + (part(second, at) - part(first, at)) * share));
  return `rgb(${channels.join(",")})`;
}

// The player ----------------------------------------------------------------------------------

class Player {
  constructor(root, data, before) {
    this.root = root;
    this.data = data;
    this.letters = Array.from(data.text);
    this.timeline = data.timeline;
    this.seconds = this.timeline.length ? this.timeline.at(-1)[0] : 0;
    this.noteAt = new Int32Array(this.letters.length).fill(-1); // character -> start of its note
    this.spans = new Map(); // start of a note -> [start, end]
    this.chosen = before?.data.text === data.text ? before.chosen : null;
    this.marked = before?.data.text === data.text ? before.marked : null; // [start, end) a person marked
    this.voices = [0, 1].map((number) => new Voice(this, number, before?.voices[number].neuron ?? null));
    this.at = -1; // index into the timeline
    this.listening = new AbortController();
    for (const [, start, end] of this.timeline) {
      if (end <= start) continue;
      this.spans.set(start, [start, end]);
      this.noteAt.fill(start, start, end);
    }
    this.build();
    if (before && before.data.text === data.text) {
      this.seek(before.audio.currentTime);
      if (before.data.instrument !== data.instrument && !before.audio.paused) this.toggle();
    }
    if (this.chosen) this.mark();
    if (this.marked) this.stretch(this.marked);
    if (before?.data.text !== data.text) return;
    // What was chosen before staff or sound came stays chosen, and is still to be reported.
    this.selection = before.selection;
    if (before.untold) this.tell();
  }

  on(target, event, handler) {
    target.addEventListener(event, handler, { signal: this.listening.signal });
  }

  close() {
    this.audio.pause();
    if (this.url) URL.revokeObjectURL(this.url);
    cancelAnimationFrame(this.frame);
    clearTimeout(this.waiting);
    this.watcher?.disconnect();
    this.listening.abort();
  }

  /** The voice that colours the staff and has the keys; without activations it shows plain text. */
  get first() {
    return this.voices[0];
  }

  /** The voices that have something to show. */
  get sounding() {
    return this.voices.filter((voice) => voice.activity);
  }

  build() {
    const { root, data } = this;
    root.tabIndex = 0;
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", "Tune player: space plays, left and right arrows move by a note");
    this.staff = element("div", { class: "staff", "data-testid": "staff", tabindex: -1 });
    const [first, second] = this.voices;
    this.text = first.text;
    this.text.hidden = !data.showText;
    this.plot = element("div", { class: "plot", "data-testid": "plot", hidden: true });
    this.tip = element("div", { class: "tip", "data-testid": "tip", role: "status", hidden: true });
    root.replaceChildren(this.transport(), first.bar, this.staff, first.text, second.bar, second.text, this.plot, this.tip);
    this.drawStaff();
    for (const voice of this.voices) voice.write();
    this.marking();
    this.keys();
    this.move(0);
  }

  // Sound ---------------------------------------------------------------------------------------

  transport() {
    const { data } = this;
    this.audio = element("audio", { "data-testid": "audio", hidden: true, preload: "auto" });
    this.audio.preservesPitch = true;
    const off = !data.audio;
    if (!off) {
      this.url = URL.createObjectURL(new Blob([bytes(data.audio)], { type: data.mime }));
      this.audio.src = this.url;
    }
    const range = (id, label, attributes) =>
      element("input", { type: "range", "data-testid": id, "aria-label": label, ...attributes });
    this.button = element("button", { class: "play", type: "button", "data-testid": "play", "aria-label": "Play", disabled: off }, icon(PLAY));
    this.slider = range("seek", "Position in seconds", { min: 0, max: this.seconds, step: 0.01, value: 0, disabled: off });
    this.time = element("output", { class: "time", "data-testid": "time" });
    this.tempo = range("tempo", "Tempo in percent", { min: 50, max: 150, step: 5, value: 100, disabled: off });
    const percent = element("output", {}, "100 %");
    this.looping = element("button", { type: "button", "data-testid": "loop", "aria-pressed": "false", disabled: off,
      title: "Play a section again and again; a marked stretch of text becomes the section" }, "Loop");
    this.from = range("loop-start", "Loop from second", { min: 0, max: this.seconds, step: 0.01, value: 0 });
    this.to = range("loop-end", "Loop to second", { min: 0, max: this.seconds, step: 0.01, value: this.seconds });
    this.section = element("div", { class: "loop", hidden: true },
      element("label", {}, "from", this.from), element("label", {}, "to", this.to));
    this.on(this.button, "click", () => this.toggle());
    this.on(this.slider, "input", () => this.seek(Number(this.slider.value)));
    this.on(this.tempo, "input", () => {
      this.audio.playbackRate = Number(this.tempo.value) / 100;
      percent.value = `${this.tempo.value} %`;
    });
    this.on(this.looping, "click", () => this.loop());
    this.on(this.from, "input", () => { this.to.value = Math.max(this.to.value, Number(this.from.value) + 0.2); });
    this.on(this.to, "input", () => { this.from.value = Math.min(this.from.value, Number(this.to.value) - 0.2); });
    for (const event of ["play", "pause", "ended"]) this.on(this.audio, event, () => this.state());
    this.on(this.audio, "seeked", () => this.move(this.audio.currentTime));
    this.on(this.audio, "error", () => {
      this.button.disabled = true;
      this.time.value = "This browser cannot play the sound.";
    });
    const sounds = element("select", { "data-testid": "instrument", "aria-label": "Instrument" },
      ...data.instruments.map((name) => element("option", { value: name, selected: name === data.instrument }, name)));
    sounds.hidden = !data.instruments.length;
    this.on(sounds, "change", () => this.play?.(sounds.value));
    const bar = element("div", { class: "transport", role: "toolbar", "aria-label": "Transport" }, this.button,
      element("div", { class: "track" }, this.slider), this.time,
      element("label", { class: "tempo" }, "Tempo", this.tempo, percent), sounds, this.looping, this.section, this.audio);
    if (off) bar.append(element("span", { class: "silent", "data-testid": "silent" }, data.silence));
    return bar;
  }

  toggle() {
    if (!this.data.audio) return;
    if (this.audio.paused) {
      if (this.audio.currentTime >= this.seconds - 0.02) this.seek(0);
      this.audio.play().catch(() => this.state());
    } else this.audio.pause();
  }

  state() {
    const plays = !this.audio.paused;
    this.button.setAttribute("aria-label", plays ? "Pause" : "Play");
    this.button.replaceChildren(icon(plays ? PAUSE : PLAY));
    cancelAnimationFrame(this.frame);
    if (plays) this.follow();
  }

  follow() {
    let now = this.audio.currentTime;
    if (this.loops && now >= Number(this.to.value)) {
      now = Number(this.from.value);
      this.audio.currentTime = now;
    }
    this.move(now);
    this.frame = requestAnimationFrame(() => this.follow());
  }

  loop() {
    this.loops = !this.loops;
    this.looping.setAttribute("aria-pressed", String(this.loops));
    this.section.hidden = !this.loops;
    if (!this.loops) return;
    const marked = this.marked ?? this.chosen;
    if (!marked) return;
    // The first time the marked characters sound, until what comes after them.
    const inside = ([, start, end]) => end > start && start < marked[1] && end > marked[0];
    const first = this.timeline.findIndex(inside);
    if (first < 0) return;
    let last = first;
    while (last + 1 < this.timeline.length && inside(this.timeline[last])) last++;
    this.from.value = this.timeline[first][0];
    this.to.value = this.timeline[last][0];
    this.seek(this.timeline[first][0]);
  }

  seek(seconds) {
    const time = Math.min(Math.max(seconds, 0), this.seconds);
    if (this.data.audio) this.audio.currentTime = time;
    this.move(time);
  }

  // The cursor ------------------------------------------------------------------------------------

  /** Index into the timeline of what sounds at a moment. */
  index(seconds) {
    let low = 0, high = this.timeline.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.timeline[middle][0] <= seconds + 1e-4) low = middle + 1; else high = middle;
    }
    return low - 1;
  }

  move(seconds) {
    this.now = seconds;
    this.slider.value = seconds;
    this.time.value = `${clock(seconds)} / ${clock(this.seconds)}`;
    const at = this.index(seconds);
    if (at === this.at) return;
    this.at = at;
    const [, start, end] = this.timeline[at] ?? [0, 0, 0];
    for (const lit of this.lit ?? []) lit.classList.remove("lit");
    this.lit = [];
    this.root.dataset.cursor = end > start ? `${start}-${end}` : "";
    if (end <= start) return this.cursor(null);
    const letters = this.first.cells.slice(start, end);
    this.lit = [...this.cellsOf(start, end), ...(this.notes.get(start) ?? [])];
    for (const part of this.lit) part.classList.add("lit");
    this.cursor(end - 1);
    if (!this.audio.paused) {
      if (letters[0]) this.reveal(this.text, letters[0]);
      if (this.notes.get(start)) this.reveal(this.staff, this.notes.get(start)[0]);
    }
  }

  /** Scroll a part of the player, never the page, until something in it is seen. */
  reveal(box, inside) {
    const outer = box.getBoundingClientRect(), inner = inside.getBoundingClientRect();
    const above = inner.top - outer.top, below = inner.bottom - outer.bottom;
    if (above < 0 || below > 0) box.scrollTop += above - outer.height / 3;
    if (inner.left < outer.left || inner.right > outer.right) box.scrollLeft += inner.left - outer.left - outer.width / 3;
  }

  // Choosing ----------------------------------------------------------------------------------------

  choose(start) {
    const span = this.spans.get(start);
    if (!span) return;
    this.chosen = span;
    this.mark();
    // Of the times it sounds, the one nearest to now.
    const times = this.timeline.filter((line) => line[1] === start && line[2] > start).map((line) => line[0]);
    times.sort((a, b) => Math.abs(a - this.now) - Math.abs(b - this.now));
    if (times.length) this.seek(times[0]);
    this.tell();
  }

  mark() {
    for (const part of this.marks ?? []) part.classList.remove("chosen");
    const [start, end] = this.chosen;
    this.marks = [...this.cellsOf(start, end), ...(this.notes.get(start) ?? [])];
    for (const part of this.marks) part.classList.add("chosen");
  }

  /** What stands for some characters in the text of every voice. */
  cellsOf(start, end) {
    return this.voices.flatMap((voice) => voice.cells.slice(start, end));
  }

  tell() {
    clearTimeout(this.waiting);
    this.untold = true;
    this.waiting = setTimeout(() => {
      this.untold = false;
      this.report?.({ span: this.chosen, time: this.now, marked: this.marked,
        neuron: this.first.neuron, beside: this.voices[1].activity ? this.voices[1].neuron : null });
    }, 400);
  }

  /** Open at a place: choose it, move the cursor there and scroll the text to it. */
  open([start, end]) {
    this.chosen = [start, end];
    this.mark();
    const note = this.noteAt[start];
    const moment = this.timeline.find((line) => line[1] === note && line[2] > note);
    if (note >= 0 && moment && this.audio.paused) this.seek(moment[0]);
    this.cursor(start);
    if (this.first.cells[start]) this.reveal(this.text, this.first.cells[start]);
  }

  // Marking characters ------------------------------------------------------------------------------

  marking() {
    let from = null;
    for (const { text } of this.voices) {
      this.on(text, "pointerdown", (event) => {
        from = event.button === 0 ? indexOf(event.target) : null;
        if (from !== null && !event.shiftKey && this.marked) { this.stretch(null); this.tell(); }
      });
      this.on(text, "pointermove", (event) => {
        const to = indexOf(event.target);
        if (from === null || to === null || !(event.buttons & 1) || (to === from && !this.marked)) return;
        this.stretch([Math.min(from, to), Math.max(from, to) + 1]);
      });
    }
    this.on(document, "pointerup", () => {
      if (from !== null && this.marked) this.tell();
      from = null;
    });
  }

  /** Mark characters, [start, end), or none. */
  stretch(marked) {
    this.marked = marked;
    const inside = (index) => !!marked && index >= marked[0] && index < marked[1];
    for (const voice of this.voices) voice.cells.forEach((cell, index) => cell.classList.toggle("marked", inside(index)));
    for (const [start, [, end]] of this.spans) {
      for (const part of this.notes.get(start) ?? []) part.classList.toggle("marked", inside(start) || inside(end - 1));
    }
  }

  /** Lengthen what is marked by a note at its end, or shorten it. */
  lengthen(by) {
    const [start, end] = this.marked ?? this.chosen ?? [this.place ?? 0, (this.place ?? 0) + 1];
    const starts = [...this.spans.keys()].sort((a, b) => a - b);
    const ends = starts.map((each) => this.spans.get(each)[1]).filter((each) => each > start);
    const next = by > 0 ? ends.find((each) => each > end) : ends.filter((each) => each < end).at(-1);
    this.stretch([start, next ?? end]);
    this.tell();
  }

  keys() {
    this.on(this.root, "keydown", (event) => {
      const field = event.composedPath()[0];
      if (event.altKey || event.ctrlKey || event.metaKey || ["INPUT", "SELECT"].includes(field.tagName)) return;
      const up = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (event.key === " " && field.tagName !== "BUTTON") this.toggle();
      else if (event.shiftKey && event.key === "ArrowRight") this.lengthen(1);
      else if (event.shiftKey && event.key === "ArrowLeft") this.lengthen(-1);
      else if (event.key === "Escape" && this.marked) { this.stretch(null); this.tell(); }
      else if (event.key === "ArrowRight") this.seek(this.timeline[Math.min(this.at + 1, this.timeline.length - 1)]?.[0] ?? 0);
      else if (event.key === "ArrowLeft") this.seek(this.timeline[Math.max(this.at - 1, 0)]?.[0] ?? 0);
      else if (event.key === "Home") this.seek(0);
      else if (up && event.shiftKey && this.voices[1].activity) this.voices[1].turn(up);
      else if (up && this.first.activity) this.first.turn(up);
      else return;
      event.preventDefault();
    });
  }

  // Staff and text --------------------------------------------------------------------------------

  drawStaff() {
    const { data, staff } = this;
    this.notes = new Map(); // start of a note -> what stands for it on the staff
    const drawing = data.svg ? safeDrawing(data.svg) : null;
    if (drawing) {
      drawing.setAttribute("role", "img");
      // Smaller than this, notes are hard to read; the staff scrolls instead.
      drawing.style.minWidth = `${0.6 * (drawing.viewBox?.baseVal?.width || 0)}px`;
      drawing.setAttribute("aria-label", "The tune on a staff");
      staff.replaceChildren(drawing);
      for (const part of drawing.querySelectorAll("g[id]")) {
        const [, start] = /^n(\d+)-\d+-\d+$/.exec(part.id) ?? [];
        if (start !== undefined) this.note(Number(start), part);
      }
    } else {
      if (data.reason) staff.append(element("p", { class: "reason", "data-testid": "reason" }, data.reason));
      if (data.roll.length) staff.append(this.roll());
      else staff.hidden = !data.reason;
    }
    this.on(staff, "click", (event) => {
      const start = event.target.closest?.("[data-start]")?.dataset.start;
      if (start !== undefined) this.choose(Number(start));
    });
  }

  note(start, part) {
    part.dataset.start = start;
    if (!this.notes.has(start)) this.notes.set(start, []);
    this.notes.get(start).push(part);
  }

  roll() {
    const pitches = this.data.roll.map((note) => note[2]);
    const low = Math.min(...pitches) - 2, high = Math.max(...pitches) + 2;
    const drawing = shape("svg", { class: "roll", viewBox: `0 0 ${this.seconds} ${high - low}`, preserveAspectRatio: "none",
      role: "img", "aria-label": "The tune as a piano roll", "data-testid": "roll" });
    for (const [onset, lasts, pitch, start] of this.data.roll) {
      const part = shape("rect", { class: "note", x: onset, y: high - pitch - 1, width: Math.max(lasts * 0.94, 0.03), height: 0.9 });
      drawing.append(part);
      this.note(start, part);
    }
    return drawing;
  }

  hover(index, event, voice) {
    this.tip.hidden = index === null;
    if (index === null) return;
    const both = this.sounding.length > 1;
    this.tip.replaceChildren(element("code", {}, visible(this.letters[index])), ` at ${index}`);
    for (const each of both && voice ? [voice] : this.sounding) {
      this.tip.append(both ? element("div", {}, `${each.name}${each.reading(index)}`) : each.reading(index));
      const details = each.activity.details[index];
      if (details) this.tip.append(element("div", { class: "details" }, details));
    }
    const box = this.root.getBoundingClientRect();
    const left = Math.min(event.clientX - box.left + 12, box.width - this.tip.offsetWidth - 4);
    this.tip.style.left = `${Math.max(left, 0)}px`;
    this.tip.style.top = `${event.clientY - box.top + 18}px`;
  }

  pick(index) {
    if (this.noteAt[index] >= 0) this.choose(this.noteAt[index]);
    else this.cursor(index);
  }

  // Neurons ---------------------------------------------------------------------------------------

  activate(data) {
    const theme = this.theme();
    const selection = JSON.stringify(data.selection);
    const asked = selection !== this.selection;
    const changed = theme !== this.themed || asked;
    this.selection = selection;
    this.themed = theme;
    this.palette = data.palettes[theme];
    if (asked && data.selection) {
      if (data.selection.neuron != null) this.voices[0].neuron = data.selection.neuron;
      if (data.selection.beside != null) this.voices[1].neuron = data.selection.beside;
    }
    const fresh = [data.activations, data.beside].map((activity, number) => this.voices[number].take(activity, changed));
    if (fresh.some(Boolean)) {
      this.plot.hidden = !this.sounding.length;
      this.prepare();
      this.draw();
      this.cursor(this.place ?? null);
    }
    if (!asked || !data.selection) return;
    if (data.selection.span) this.open(data.selection.span);
    if (data.selection.time && this.audio.paused) this.seek(data.selection.time);
    const { marked } = data.selection;
    if (marked) this.stretch(marked);
    if (marked && this.first.cells[marked[0]]) this.reveal(this.text, this.first.cells[marked[0]]);
  }

  theme() {
    const paper = getComputedStyle(this.root).getPropertyValue("--st-background-color").trim();
    const probe = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(paper)?.slice(1).map((x) => parseInt(x, 16))
      ?? paper.match(/\d+/g)?.slice(0, 3).map(Number) ?? [255, 255, 255];
    return probe[0] * 0.3 + probe[1] * 0.6 + probe[2] * 0.1 < 128 ? "dark" : "light";
  }

  /** The line plot, made when it is first needed. */
  prepare() {
    if (this.canvas || !this.sounding.length) return;
    this.canvas = element("canvas", { role: "img", "aria-label": "The value along the text" });
    this.line = element("b", { hidden: true });
    this.plot.append(this.canvas, this.line);
    const under = (event) => {
      const box = this.plot.getBoundingClientRect();
      return Math.min(Math.max(Math.floor(((event.clientX - box.left) / box.width) * this.letters.length), 0), this.letters.length - 1);
    };
    this.on(this.plot, "pointermove", (event) => this.hover(under(event), event));
    this.on(this.plot, "pointerleave", () => { this.tip.hidden = true; });
    this.on(this.plot, "click", (event) => this.pick(under(event)));
    this.watcher = new ResizeObserver(() => this.first.activity && this.draw());
    this.watcher.observe(this.plot);
  }

  draw() {
    const { canvas, palette } = this;
    const voices = this.sounding;
    if (!canvas || !voices.length) return;
    const scale = window.devicePixelRatio || 1;
    const width = canvas.clientWidth, height = canvas.clientHeight;
    if (!width) return;
    canvas.width = width * scale;
    canvas.height = height * scale;
    const pen = canvas.getContext("2d");
    pen.scale(scale, scale);
    const high = Math.max(...voices.map((voice) => voice.bound));
    const low = voices.every((voice) => voice.activity.gate) ? 0 : -high;
    const y = (value) => 4 + (1 - (value - low) / (high - low)) * (height - 8);
    pen.strokeStyle = palette.faint;
    pen.beginPath();
    for (const level of [low, 0, high]) { pen.moveTo(0, y(level)); pen.lineTo(width, y(level)); }
    pen.stroke();
    const count = this.letters.length;
    const inside = (value) => Math.min(Math.max(value, low), high);
    pen.lineWidth = 1.25;
    voices.forEach((voice, number) => {
      pen.strokeStyle = number ? palette.accent : palette.ink;
      pen.setLineDash(number ? [4, 2] : []);
      pen.beginPath();
      for (let index = 0; index < count; index++) pen.lineTo(((index + 0.5) / count) * width, y(inside(voice.value(index))));
      pen.stroke();
    });
    pen.fillStyle = palette.quiet;
    pen.font = "12px sans-serif";
    pen.fillText(String(Number(high.toPrecision(3))), 2, 14);
    pen.fillText(String(Number(low.toPrecision(3))).replace("-", "−"), 2, height - 6);
  }

  /** The line plot's cursor and the words beside the legend; null hides them. */
  cursor(index) {
    this.place = index;
    if (!this.line) return;
    this.line.hidden = index === null;
    if (index !== null) this.line.style.left = `${((index + 0.5) / this.letters.length) * 100}%`;
    for (const voice of this.sounding) {
      voice.readout.textContent = index === null ? "" : `${visible(this.letters[index])} at ${index}${voice.reading(index)}`;
    }
  }
}

// One run's units on the text -------------------------------------------------------------------

/** A layer's units: dropdown, search, legend, and the text coloured by the unit chosen. */
class Voice {
  constructor(player, number, neuron) {
    this.player = player;
    this.number = number;
    this.neuron = neuron;
    this.activity = null;
    const id = number ? "-beside" : "";
    this.id = id;
    this.bar = element("div", { class: "neurons", "data-testid": `neurons${id}`, hidden: true });
    this.text = element("pre", { class: "text", "data-testid": `text${id}`, "aria-label": "ABC text", hidden: number > 0 });
  }

  write() {
    const { player, text, number } = this;
    this.cells = number && !player.data.beside ? [] : player.letters.map((letter, index) => {
      const cell = element("span", { "data-index": index, "data-testid": `${number ? "beside" : "char"}-${index}`,
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
      const other = player.voices[1 - number].text;
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
    for (const part of [...this.player.notes.values()].flat()) part.style.fill = part.style.color = "";
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
    const levels = this.activity.quantiles?.[this.neuron];
    if (!levels) return "";
    const below = levels.filter((level) => level < value).length;
    const share = Math.round((100 * Math.min(below, levels.length - 1)) / (levels.length - 1));
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
    this.player.draw();
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
    for (const [start, parts] of player.notes) {
      const ink = this.inks[this.level(this.noteValue(start))];
      for (const part of parts) part.style.fill = part.style.color = ink;
    }
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
    const staff = this.number ? null : player.staff.querySelector("svg:not(.roll)");
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
    const link = element("a", { href: URL.createObjectURL(file), download: `neuron-${this.neuron}.${format}` });
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
