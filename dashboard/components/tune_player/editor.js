// ABC that a person writes. Part of the script that player.js begins.
//
// The text belongs to the browser: what is typed is shown at once, and the page is told of it when
// the keys rest. Its answer (problems, staff, notes) names the `number` of the text it was made of,
// so an answer that comes late changes nothing that was written since. When the page itself has
// another text to show, its `revision` is another.

// How long the keys rest before the page is told while its answer to an earlier text is still on its
// way; else it is told at once. Not when the field is left: Streamlit merges what
// is told then with the click that follows, and a button's run of the whole page would be lost.
const REST_MILLISECONDS = 50;
// How long they rest before what is outside the editor follows too.
const LONG_REST_MILLISECONDS = 900;
const written = new Map(); // key of an editor -> {revision, number, history, focused}

/** A text field with what the reader says about each character drawn beneath it. */
class Editor {
  constructor(place, { key, label, text, revision, number, most, read }) {
    this.place = place;
    Object.assign(this, { most, read }); // characters that the page looks through, and that it reads
    this.key = key;
    // The page may take the field away and put up another one while somebody writes.
    const before = written.get(key);
    this.revision = before?.revision ?? revision;
    this.number = Math.max(before?.number ?? 0, number);
    this.history = before?.history ?? new History({ text, start: 0, end: 0 });
    this.text = this.history.current.text;
    this.letters = Array.from(this.text);
    this.problems = [];
    this.cells = [];
    this.build(label);
    this.draw();
    if (before?.focused) this.field.focus();
    this.write(this.history.current);
  }

  close() {
    clearTimeout(this.restingLong);
    clearTimeout(this.waiting);
    const { revision, number, history } = this;
    written.set(this.key, { revision, number, history, focused: this.focused });
  }

  get focused() {
    return this.place.getRootNode().activeElement === this.field;
  }

  build(label) {
    const button = (id, words, title, action) => {
      const made = element("button", { type: "button", "data-testid": id, title, "aria-label": title }, words);
      made.addEventListener("click", action);
      return made;
    };
    this.undo = button("undo", "Undo", "Undo (Ctrl+Z)", () => this.go(-1));
    this.redo = button("redo", "Redo", "Redo (Ctrl+Shift+Z)", () => this.go(1));
    const moves = [["octave-down", "−8ve", "An octave down (Alt+Shift+↓)", -12], ["semitone-down", "−1", "A semitone down (Alt+↓)", -1],
      ["semitone-up", "+1", "A semitone up (Alt+↑)", 1], ["octave-up", "+8ve", "An octave up (Alt+Shift+↑)", 12]];
    this.status = element("span", { class: "status", role: "status", "data-testid": "edit-status" });
    this.moves = element("span", { class: "group", role: "group", "aria-label": "Transpose by semitones", hidden: true }, "Transpose",
      ...moves.map(([id, words, title, by]) => button(id, words, title, () => this.transpose(by))));
    const tools = element("div", { class: "tools", role: "toolbar", "aria-label": "Edit" }, this.undo, this.redo, this.moves, this.status);
    this.shown = element("pre", { class: "shown", "data-testid": "edit-shown", "aria-hidden": "true" });
    this.field = element("textarea", { "data-testid": "edit", "aria-label": label, spellcheck: "false", autocapitalize: "off",
      autocomplete: "off", "aria-describedby": "edit-warnings", title: "" });
    this.field.value = this.text;
    this.list = element("ul", { class: "problems", id: "edit-warnings", "data-testid": "problems", "aria-label": "Notation warnings" });
    this.place.replaceChildren(tools, element("div", { class: "page" }, this.shown, this.field), this.list);
    this.listen();
  }

  listen() {
    const { field } = this;
    field.addEventListener("input", () => this.typed());
    field.addEventListener("beforeinput", (event) => {
      const by = { historyUndo: -1, historyRedo: 1 }[event.inputType];
      if (by) { event.preventDefault(); this.go(by); }
    });
    field.addEventListener("focus", () => this.needs?.());
    for (const event of ["keyup", "click", "focus"]) field.addEventListener(event, () => this.follow());
    field.addEventListener("keydown", (event) => this.pressed(event));
    this.list.addEventListener("click", (event) => {
      const start = event.target.closest?.("[data-at]")?.dataset.at;
      if (start !== undefined) this.select(Number(start));
    });
  }

  pressed(event) {
    // What is typed is for the text alone: the page has keys of its own for single letters.
    event.stopPropagation();
    const command = event.ctrlKey || event.metaKey;
    const up = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    const letter = event.key.toLowerCase();
    if (command && event.key === "Enter") this.player?.transport.toggle();
    else if (command && letter === "z") this.go(event.shiftKey ? 1 : -1);
    else if (command && letter === "y") this.go(1);
    else if (event.altKey && up) this.transpose(up * (event.shiftKey ? 12 : 1));
    else return;
    event.preventDefault();
  }

  // Text ------------------------------------------------------------------------------------------

  typed() {
    const { value, selectionStart, selectionEnd } = this.field;
    if (value === this.text) return;
    this.history.add({ text: value, start: selectionStart, end: selectionEnd });
    this.change(value);
  }

  go(by) {
    const state = this.history.step(by);
    if (!state) return;
    this.write(state);
    this.change(state.text);
    this.follow();
  }

  write({ text, start, end }) {
    this.field.value = text;
    this.field.setSelectionRange(start, end);
  }

  /** Take a text of the page's: it can be undone like one's own. */
  adopt(text) {
    const before = Array.from(this.field.value.slice(0, this.field.selectionStart));
    const line = before.filter((letter) => letter === "\n").length;
    const start = text.split("\n").slice(0, line).join("\n").length + (line ? 1 : 0);
    const state = { text, start: Math.min(start, text.length), end: Math.min(start, text.length) };
    this.history.add(state);
    this.write(state);
    this.show(text);
  }

  change(text) {
    const rest = this.inStep ? 0 : REST_MILLISECONDS;
    this.show(text);
    this.number += 1;
    this.shift = 0;
    clearTimeout(this.resting);
    clearTimeout(this.restingLong);
    this.untold = true;
    this.resting = setTimeout(() => this.tell(), rest);
  }

  transpose(semitones) {
    if (this.shift) return; // one is on its way
    this.number += 1;
    this.shift = semitones;
    this.untold = true;
    this.tell();
  }

  tell() {
    if (!this.untold) return;
    this.untold = false;
    clearTimeout(this.resting);
    const said = { revision: this.revision, number: this.number, ...this.told(), transpose: this.shift ?? 0 };
    this.report?.(said);
    clearTimeout(this.restingLong);
    if (this.rests) this.restingLong = setTimeout(() => this.report?.({ ...said, ...this.told(), transpose: 0, rested: true }), LONG_REST_MILLISECONDS);
  }

  /** The text; of one that the page would not take, its length alone. */
  told() {
    const tooLong = this.text.length > 2 * this.most || Array.from(this.text).length > this.most;
    return tooLong ? { text: "", characters: this.text.length } : { text: this.text };
  }

  /** The staff of this text is still being made: ask for it again in a moment. */
  wait(pending) {
    clearTimeout(this.waiting);
    if (!pending || !this.inStep) return;
    const { revision, number, text } = this;
    this.waiting = setTimeout(() => this.inStep && this.report?.({ revision, number, text, transpose: 0, waits: Date.now() }), REST_MILLISECONDS);
  }

  // What the page says ----------------------------------------------------------------------------

  take({ revision, number, text, problems, rests }, player) {
    this.rests = rests;
    if (revision !== this.revision) {
      this.revision = revision;
      this.number = number;
      this.shift = 0;
      this.untold = false;
      if (text !== this.text) this.adopt(text);
    } else if (number === this.number) {
      if (text !== this.text) this.adopt(text);
      this.shift = 0;
    }
    this.player = player;
    this.moves.hidden = !player.seconds;
    this.inStep = text === this.text;
    if (!this.inStep) return;
    this.problems = problems;
    this.underline();
    if (this.focused) this.follow();
  }

  /** The note under the cursor lights up, and is where the sound starts. */
  follow() {
    const { selectionStart: start, selectionEnd: end } = this.field;
    this.history.moved(start, end);
    this.undo.disabled = this.history.at === 0;
    this.redo.disabled = this.history.at === this.history.states.length - 1;
    const at = Array.from(this.field.value.slice(0, start)).length;
    const here = this.problems.find(([from, to]) => from <= at && at <= to);
    this.status.textContent = here ? here[3] : "";
    if (!this.inStep || !this.player || start !== end) return;
    const note = [at, at - 1].map((index) => this.player.noteAt[index] ?? -1).find((index) => index >= 0);
    if (note === undefined || this.player.transport.plays || this.player.chosen?.[0] === note) return;
    this.player.choose(note);
  }

  select(index) {
    const [start] = this.units(index);
    this.field.focus();
    this.field.setSelectionRange(start, start);
    this.follow();
  }

  /** Where characters begin in the units of the field, which counts as JavaScript does. */
  units(...indices) {
    return indices.map((index) => this.letters.slice(0, index).join("").length);
  }

  // Drawing ---------------------------------------------------------------------------------------

  /** Show a text; what is said of characters that stay goes with them. */
  show(text) {
    const letters = Array.from(text), before = this.letters;
    let head = 0;
    while (head < letters.length && letters[head] === before[head]) head++;
    let tail = 0;
    while (tail < letters.length - head && tail < before.length - head && letters.at(-1 - tail) === before.at(-1 - tail)) tail++;
    const by = letters.length - before.length, last = before.length - tail;
    this.problems = this.problems.filter(([start, end]) => end <= head || start >= last)
      .map(([start, end, ...rest]) => (start >= last && start >= head ? [start + by, end + by, ...rest] : [start, end, ...rest]));
    this.text = text;
    this.letters = letters;
    this.inStep = false;
    if (this.cells.length === before.length) this.draw(head, tail);
    else this.draw();
    this.underline();
  }

  draw(head = 0, tail = 0) {
    // Of what the page does not read there is nothing to say about single characters.
    const tooLong = this.letters.length > this.read;
    this.whole ??= element("span", {});
    this.whole.textContent = tooLong ? this.text : "";
    if (tooLong) {
      for (const cell of this.cells.splice(0)) cell.remove();
      this.shown.prepend(this.whole);
    } else this.drawCells(head, tail);
    // A newline at the end opens a line only when something follows it.
    this.end ??= element("span", {}, "\u200b");
    this.shown.append(this.end);
    this.undo.disabled = this.history.at === 0;
    this.redo.disabled = this.history.at === this.history.states.length - 1;
  }

  drawCells(head, tail) {
    const kept = tail ? this.cells.splice(-tail) : [];
    for (const cell of this.cells.splice(head)) cell.remove();
    const fresh = this.letters.slice(head, this.letters.length - tail).map((letter) => {
      const cell = element("span", {});
      cell.textContent = letter;
      return cell;
    });
    this.cells.push(...fresh, ...kept);
    if (fresh.length) (kept[0] ? kept[0].before(...fresh) : this.shown.append(...fresh));
    this.cells.forEach((cell, index) => { cell.dataset.testid = `edit-${index}`; });
  }

  underline() {
    for (const cell of this.cells) cell.classList.remove("error", "warning", "note");
    for (const [start, end, severity] of this.problems) {
      for (const cell of this.cells.slice(start, Math.max(end, start + 1))) cell.classList.add(severity);
    }
    this.list.replaceChildren(...this.problems.filter(([, , severity]) => severity !== "note").slice(0, 20).map(([start, , severity, message]) => {
      const line = this.letters.slice(0, start).filter((letter) => letter === "\n").length + 1;
      return element("li", { class: severity }, element("button", { type: "button", "data-at": start, title: "Go there" }, `line ${line}`), ` ${message}`);
    }));
  }

  /** What stands for some characters while the page's answer is about this very text. */
  cellsAt(start, end) {
    return this.inStep ? this.cells.slice(start, end) : [];
  }
}
