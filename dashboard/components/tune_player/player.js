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
