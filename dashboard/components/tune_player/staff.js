// The tune on a staff, or as a piano roll. Part of the script that player.js begins.

// Smaller than this share of its size, notes are hard to read; the staff scrolls instead.
const LEAST = 0.6;

/** The engraving, and which of its parts stands for which note. */
class Staff {
  constructor(player, before) {
    this.player = player;
    this.notes = new Map(); // start of a note -> what stands for it here
    this.box = element("div", { class: "staff", "data-testid": "staff", tabindex: 0, role: "group", "aria-label": "Staff" });
    // What is being written has its staff in a moment: until then the last one stays in sight.
    if (player.data.pending && before) this.box.append(...before.box.childNodes);
    else this.draw();
    this.watcher = new ResizeObserver(() => {
      player.arrange();
      if (this.shown !== undefined && this.shown !== this.fitting()) this.draw(true);
    });
    this.watcher.observe(this.box);
    player.on(this.box, "click", (event) => {
      const start = event.target.closest?.("[data-start]")?.dataset.start;
      if (start !== undefined) player.choose(Number(start));
    });
  }

  /** What stands for the note that starts at a character. */
  at(start) {
    return this.notes.get(start) ?? [];
  }

  close() {
    this.watcher.disconnect();
  }

  /** The engraving that the room is for: where its notes would get too small, that of shorter lines. */
  fitting() {
    const { data, root } = this.player;
    const wide = Number(/viewBox="0 0 ([\d.]+)/.exec(data.svg ?? "")?.[1] ?? 0);
    return data.narrow && root.clientWidth && root.clientWidth < LEAST * wide ? data.narrow : data.svg;
  }

  draw(again = false) {
    this.shown = this.fitting();
    this.notes.clear();
    const drawing = this.shown ? safeDrawing(this.shown) : null;
    if (!drawing) return again || this.drawRoll();
    drawing.setAttribute("role", "img");
    drawing.setAttribute("aria-label", "The tune on a staff");
    drawing.style.minWidth = `${LEAST * (drawing.viewBox?.baseVal?.width || 0)}px`;
    for (const part of drawing.querySelectorAll("g[id]")) {
      const [, start] = /^n(\d+)-\d+-\d+$/.exec(part.id) ?? [];
      if (start !== undefined) this.note(Number(start), part);
    }
    this.box.replaceChildren(drawing);
    if (again) this.player.redrawn();
  }

  drawRoll() {
    const { reason, ...data } = this.player.data, roll = data.showRoll ? data.roll : [];
    if (reason) this.box.append(element("p", { class: "reason", "data-testid": "reason" }, reason));
    if (!roll.length) return void (this.box.hidden = !reason);
    const pitches = roll.map((note) => note[2]);
    const low = Math.min(...pitches) - 2, high = Math.max(...pitches) + 2;
    const drawing = shape("svg", { class: "roll", viewBox: `0 0 ${this.player.seconds} ${high - low}`, preserveAspectRatio: "none",
      role: "img", "aria-label": "The tune as a piano roll", "data-testid": "roll" });
    for (const [onset, duration, pitch, start] of roll) {
      const part = shape("rect", { class: "note", x: onset, y: high - pitch - 1, width: Math.max(duration * 0.94, 0.03), height: 0.9 });
      drawing.append(part);
      this.note(start, part);
    }
    this.box.append(drawing);
  }

  note(start, part) {
    part.dataset.start = start;
    if (!this.notes.has(start)) this.notes.set(start, []);
    this.notes.get(start).push(part);
  }

  /** Colour each note by its start; null takes all colours away. */
  colour(ink) {
    for (const [start, parts] of this.notes) {
      for (const part of parts) part.style.fill = part.style.color = ink ? ink(start) : "";
    }
  }
}
