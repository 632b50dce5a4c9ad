// The tune player: one cursor over staff, text, line plot and sound.
//
// The renderer runs again with every change of data or theme: what is already on the page stays,
// and the sound plays on. Positions count code points, as Python does. Text of a song reaches the
// page as text only; an engraving is parsed and stripped of all that could act.

const players = new WeakMap();
const editors = new WeakMap();
let heeded = 0; // the wish to play that was heeded last

export default function render(component) {
  const { parentElement, data, setStateValue } = component;
  const root = parentElement.querySelector(".player");
  if (!root || !data) return;
  if (data.samples) record(data.samples);
  const theme = themeOf(root); // before anything is drawn: asked later, the new staff would be styled twice
  let player = players.get(root);
  const content = [data.text, data.svg, data.narrow, data.reason, data.silence, data.mime, data.instrument, data.source, data.audio ? data.audio.length : 0].join("\u0000")
    + JSON.stringify([data.timeline, data.style, data.backing, data.accompaniment]) + (data.audio || "").slice(-64);
  if (!player || player.content !== content) {
    const before = player;
    player = new Player(root, data, before);
    if (before) before.close();
    player.content = content;
    players.set(root, player);
  }
  player.report = (choice) => data.reports && setStateValue("choice", choice);
  player.play = (instrument) => setStateValue("instrument", instrument);
  player.perform = (style) => setStateValue("style", style);
  player.accompany = (backing) => setStateValue("backing", backing);
  player.transport.practice.ask();
  if (data.editor) edit(component, player);
  player.activate(data, theme);
  if (data.plays > heeded && (data.audio || data.source)) player.transport.heed(() => { heeded = Math.max(heeded, data.plays); });
  return () => {
    player.close();
    players.delete(root);
    editors.get(root)?.close();
    editors.delete(root);
    root.replaceChildren();
  };
}

/** Whether the page's paper is dark or light. */
function themeOf(root) {
  const paper = getComputedStyle(root).getPropertyValue("--st-background-color").trim();
  const probe = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(paper)?.slice(1).map((x) => parseInt(x, 16))
    ?? paper.match(/\d+/g)?.slice(0, 3).map(Number) ?? [255, 255, 255];
  return probe[0] * 0.3 + probe[1] * 0.6 + probe[2] * 0.1 < 128 ? "dark" : "light";
}

/** The text field above the player, which stays the same while players come and go. */
function edit({ parentElement, data, setStateValue }, player) {
  if (!editors.has(player.root)) editors.set(player.root, new Editor(parentElement.querySelector(".editor"), data.editor));
  const editor = editors.get(player.root);
  editor.report = (state) => setStateValue("edit", state);
  player.editor = editor;
  editor.take(data.editor, player);
  editor.wait(data.pending);
  // The notes of an instrument are sent once, when they are needed; asked again if they got lost.
  editor.needs = () => {
    const instrument = player.transport.audio.instruments.find((name) => !recording(name).came);
    if (!instrument || (editor.asked?.instrument === instrument && Date.now() - editor.asked.at < 3000)) return;
    editor.asked = { instrument, at: Date.now() };
    setStateValue("wants", `${instrument} ${editor.asked.at}`);
    setTimeout(() => editors.get(player.root) === editor && editor.needs(), 4000);
  };
  if (editor.asked) editor.needs(); // of several instruments one comes after another
}

// Pixels from which staff and text have room beside each other.
const ABREAST = 1150;

/** What is where and what is chosen; its parts draw and sound it. */
class Player {
  constructor(root, data, before) {
    const same = before?.data.text === data.text;
    this.root = root;
    this.data = data;
    this.letters = Array.from(data.text);
    this.timeline = data.timeline;
    this.seconds = this.timeline.length ? this.timeline.at(-1)[0] : 0;
    this.noteAt = new Int32Array(this.letters.length).fill(-1); // character -> start of its note
    this.spans = new Map(); // start of a note -> [start, end]
    for (const [, start, end] of [...this.timeline, ...data.voices]) {
      if (end <= start) continue;
      this.spans.set(start, [start, end]);
      this.noteAt.fill(start, start, end);
    }
    this.editor = before?.editor;
    this.chosen = same ? before.chosen : null;
    this.at = -1; // index into the timeline
    this.listening = new AbortController();
    this.layers = [0, 1].map((number) => new Layer(this, number, before?.layers[number].neuron ?? null));
    this.staff = new Staff(this, before?.staff);
    this.transport = new Transport(this);
    this.plot = new Plot(this);
    this.marks = new Marks(this, same ? before.marks.span : null);
    this.recalled = new Recalled(this);
    this.build();
    if (same || this.editor) this.transport.take(before.transport);
    if (same) {
      // What was chosen before staff or sound came stays chosen, and is still to be reported.
      this.selection = before.selection;
      this.picked = before.picked;
    }
    if (this.chosen) this.markChosen();
    if (same && before.untold) this.tell();
  }

  on(target, event, handler) {
    target.addEventListener(event, handler, { signal: this.listening.signal });
  }

  close() {
    // The letters of an editor outlive this player.
    for (const part of this.lit ?? []) part.classList.remove("lit");
    for (const part of this.chosenParts ?? []) part.classList.remove("chosen");
    this.transport.close();
    this.plot.close();
    this.staff.close();
    clearTimeout(this.waiting);
    this.listening.abort();
  }

  /** The layer that colours the staff and has the keys; without activations it shows plain text. */
  get first() {
    return this.layers[0];
  }

  /** The layers that have something to show. */
  get active() {
    return this.layers.filter((layer) => layer.activity);
  }

  build() {
    const { root, data, first } = this;
    const second = this.layers[1];
    root.tabIndex = 0;
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", "Tune player: space plays, left and right arrows move by a note");
    this.transport.bar.hidden = Boolean(data.editor) && !this.seconds; // the beginning of a tune without music
    this.tip = element("div", { class: "tip", "data-testid": "tip", role: "status", hidden: true });
    root.dataset.testid = data.editor ? "tune-editor" : "tune-player";
    const texts = data.showText ? [first.text, second.bar, second.text] : [];
    root.replaceChildren(this.transport.bar, first.bar, this.staff.box, ...texts, this.plot.box, this.tip);
    for (const layer of this.layers) layer.write();
    this.marks.listen();
    this.transport.practice.listen(this.staff.box);
    this.keys();
    this.move(0);
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
    this.transport.show(seconds);
    const at = this.index(seconds);
    if (at === this.at) return;
    this.at = at;
    const [, start, end] = this.timeline[at] ?? [0, 0, 0];
    for (const lit of this.lit ?? []) lit.classList.remove("lit");
    this.lit = [];
    this.root.dataset.cursor = end > start ? `${start}-${end}` : "";
    if (end <= start) return this.cursor(null);
    this.lit = this.standsFor(start, end);
    for (const part of this.lit) part.classList.add("lit");
    this.cursor(end - 1);
    if (!this.transport.plays) return;
    const [letter] = this.first.cells.slice(start, end), [note] = this.staff.at(start);
    if (letter) this.reveal(this.first.text, letter);
    if (note) this.reveal(this.staff.box, note);
  }

  /** Scroll a part of the player, never the page, until something in it is seen. */
  reveal(box, inside) {
    const outer = box.getBoundingClientRect(), inner = inside.getBoundingClientRect();
    const above = inner.top - outer.top, below = inner.bottom - outer.bottom;
    if (above < 0 || below > 0) box.scrollTop += above - outer.height / 3;
    if (inner.left < outer.left || inner.right > outer.right) box.scrollLeft += inner.left - outer.left - outer.width / 3;
  }

  /** The line plot's cursor and the words next to the legend; null hides them. */
  cursor(index) {
    this.place = index;
    this.plot.cursor(index);
    for (const layer of this.active) {
      layer.readout.textContent = index === null ? "" : `${visible(this.letters[index])} at ${index}${layer.reading(index)}`;
    }
  }

  // Choosing ----------------------------------------------------------------------------------------

  /** What stands for some characters, one note, in every text and on the staff. */
  standsFor(start, end) {
    const text = this.editor?.cellsAt(start, end) ?? this.layers.flatMap((layer) => layer.cells.slice(start, end));
    return [...text, ...this.staff.at(start)];
  }

  choose(start, place) {
    const span = this.spans.get(start);
    if (!span) return;
    this.chosen = span;
    this.picked = place ?? span[1] - 1;
    this.markChosen();
    // Of the times it sounds, the one nearest to now.
    const times = [...this.timeline, ...this.data.voices].filter((line) => line[1] === start && line[2] > start).map((line) => line[0]);
    times.sort((a, b) => Math.abs(a - this.now) - Math.abs(b - this.now));
    if (times.length) this.transport.seek(times[0]);
    this.tell();
  }

  markChosen() {
    for (const part of this.chosenParts ?? []) part.classList.remove("chosen");
    this.chosenParts = this.standsFor(...this.chosen);
    for (const part of this.chosenParts) part.classList.add("chosen");
  }

  pick(index) {
    if (this.noteAt[index] >= 0) return this.choose(this.noteAt[index], index);
    this.cursor(index);
    this.picked = index;
    if (this.data.places) this.tell();
  }

  tell() {
    clearTimeout(this.waiting);
    this.untold = true;
    this.waiting = setTimeout(() => {
      this.untold = false;
      const [first, second] = this.layers;
      this.report?.({ span: this.chosen, time: this.now, marked: this.marks.span, place: this.picked ?? null,
        neuron: first.neuron, second: second.activity ? second.neuron : null });
    }, 400);
  }

  /** Where there is room: the staff and the text side by side, with one line of values below both. */
  arrange() {
    this.root.classList.toggle("abreast", this.active.length <= 1 && this.data.showText && this.root.clientWidth >= ABREAST);
  }

  /** The staff was drawn again for another width: it shows what the last one did. */
  redrawn() {
    const [, start, end] = this.timeline[this.at] ?? [0, 0, 0];
    if (end > start) {
      this.lit = this.standsFor(start, end);
      for (const part of this.lit) part.classList.add("lit");
    }
    if (this.chosen) this.markChosen();
    if (this.marks.span) this.marks.set(this.marks.span);
    if (this.first.activity) this.first.paint();
    this.recalled.show();
  }

  /** Open at a place: choose it, move the cursor there and scroll the text to it. */
  open([start, end]) {
    this.chosen = [start, end];
    this.markChosen();
    const note = this.noteAt[start];
    const moment = this.timeline.find((line) => line[1] === note && line[2] > note);
    if (note >= 0 && moment && !this.transport.plays) this.transport.seek(moment[0]);
    this.cursor(start);
    if (this.first.cells[start]) this.reveal(this.first.text, this.first.cells[start]);
  }

  keys() {
    const step = (by) => this.timeline[Math.min(Math.max(this.at + by, 0), this.timeline.length - 1)]?.[0] ?? 0;
    this.on(this.root, "keydown", (event) => {
      const field = event.composedPath()[0];
      if (event.altKey || event.ctrlKey || event.metaKey || ["INPUT", "SELECT"].includes(field.tagName)) return;
      const up = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (event.key === " " && field.tagName !== "BUTTON") this.transport.toggle();
      else if (event.shiftKey && event.key === "ArrowRight") this.marks.lengthen(1);
      else if (event.shiftKey && event.key === "ArrowLeft") this.marks.lengthen(-1);
      else if (event.key === "Escape" && this.marks.span) { this.marks.set(null); this.tell(); }
      else if (event.key === "ArrowRight") this.transport.seek(step(1));
      else if (event.key === "ArrowLeft") this.transport.seek(step(-1));
      else if (event.key === "Home") this.transport.seek(0);
      else if (up && event.shiftKey && this.layers[1].activity) this.layers[1].turn(up);
      else if (up && this.first.activity) this.first.turn(up);
      else return;
      event.preventDefault();
    });
  }

  // Neurons ---------------------------------------------------------------------------------------

  activate(data, theme) {
    const selection = JSON.stringify(data.selection);
    const asked = selection !== this.selection;
    const changed = theme !== this.themed || asked;
    this.selection = selection;
    this.themed = theme;
    this.palette = data.palettes[theme];
    if (asked && data.selection) {
      if (data.selection.neuron != null) this.layers[0].neuron = data.selection.neuron;
      if (data.selection.second != null) this.layers[1].neuron = data.selection.second;
    }
    const fresh = [data.activations, data.second].map((activity, number) => this.layers[number].take(activity, changed));
    if (fresh.some(Boolean)) {
      this.arrange();
      this.plot.draw();
      this.cursor(this.place ?? null);
    }
    this.data.recalled = data.recalled;
    this.recalled.show();
    if (!asked || !data.selection) return;
    if (data.selection.span) this.open(data.selection.span);
    if (data.selection.time && !this.transport.plays) this.transport.seek(data.selection.time);
    if (data.selection.marked) this.marks.open(data.selection.marked);
  }

  hover(index, event, layer) {
    this.tip.hidden = index === null;
    if (index === null) return;
    const both = this.active.length > 1;
    this.tip.replaceChildren(element("code", {}, visible(this.letters[index])), ` at ${index}`);
    for (const each of both && layer ? [layer] : this.active) {
      this.tip.append(both ? element("div", {}, `${each.name}${each.reading(index)}`) : each.reading(index));
      const details = each.activity.details[index];
      if (details) this.tip.append(element("div", { class: "details" }, details));
    }
    const box = this.root.getBoundingClientRect();
    const left = Math.min(event.clientX - box.left + 12, box.width - this.tip.offsetWidth - 4);
    this.tip.style.left = `${Math.max(left, 0)}px`;
    this.tip.style.top = `${event.clientY - box.top + 18}px`;
  }
}
