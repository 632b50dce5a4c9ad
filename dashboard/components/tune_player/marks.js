// Characters marked by a person. Part of the script that player.js begins.

/** A stretch of text marked by drawing over it, or with shift and an arrow key. */
class Marks {
  constructor(player, span) {
    this.player = player;
    this.span = span; // [start, end) or null
  }

  listen() {
    const { player } = this;
    let from = null;
    for (const { text } of player.layers) {
      player.on(text, "pointerdown", (event) => {
        from = event.button === 0 ? indexOf(event.target) : null;
        if (from !== null && !event.shiftKey && this.span) { this.set(null); player.tell(); }
      });
      player.on(text, "pointermove", (event) => {
        const to = indexOf(event.target);
        if (from === null || to === null || !(event.buttons & 1) || (to === from && !this.span)) return;
        this.set([Math.min(from, to), Math.max(from, to) + 1]);
      });
    }
    player.on(document, "pointerup", () => {
      if (from !== null && this.span) player.tell();
      from = null;
    });
    if (this.span) this.set(this.span);
  }

  /** Mark characters, [start, end), or none. */
  set(span) {
    const { player } = this;
    this.span = span;
    const inside = (index) => !!span && index >= span[0] && index < span[1];
    for (const layer of player.layers) layer.cells.forEach((cell, index) => cell.classList.toggle("marked", inside(index)));
    for (const [start, [, end]] of player.spans) {
      for (const part of player.staff.at(start)) part.classList.toggle("marked", inside(start) || inside(end - 1));
    }
  }

  /** Mark what the page asks for and scroll to it. */
  open(span) {
    const { first } = this.player;
    this.set(span);
    if (first.cells[span[0]]) this.player.reveal(first.text, first.cells[span[0]]);
  }

  /** Lengthen what is marked by a note at its end, or shorten it. */
  lengthen(by) {
    const { player } = this;
    const here = player.place ?? 0;
    const [start, end] = this.span ?? player.chosen ?? [here, here + 1];
    const starts = [...player.spans.keys()].sort((a, b) => a - b);
    const ends = starts.map((each) => player.spans.get(each)[1]).filter((each) => each > start);
    const next = by > 0 ? ends.find((each) => each > end) : ends.filter((each) => each < end).at(-1);
    this.set([start, next ?? end]);
    player.tell();
  }
}
