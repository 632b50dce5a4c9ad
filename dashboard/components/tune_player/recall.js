// What a song said again: a tint in the text, and a line on the staff from a bar to the one that it
// was taken from. Part of the script that player.js begins.

/** data.recalled: shares, one a character; bars, [start of a note, that of its source, words] each. */
class Recalled {
  constructor(player) {
    this.player = player;
    this.drawn = null;
  }

  /** Tint the text where no neuron colours it, and draw the lines once the staff has its place. */
  show() {
    const { data, first, staff } = this.player;
    const recalled = data.recalled;
    if (!recalled) return;
    if (!first.activity) {
      first.cells.forEach((cell, index) => {
        const share = recalled.shares[index];
        if (share > 0.05) {
          cell.style.backgroundColor = `color-mix(in srgb, var(--accent) ${Math.round(40 * share)}%, transparent)`;
          cell.dataset.recalled = share;
        }
      });
    }
    requestAnimationFrame(() => this.draw(staff, recalled.bars));
  }

  draw(staff, bars) {
    const drawing = staff.box.querySelector("svg");
    const onto = drawing?.getScreenCTM?.()?.inverse();
    this.drawn?.remove();
    if (!onto || drawing.classList.contains("roll")) return;
    this.drawn = shape("g", { class: "recalled", "data-testid": "recalled" });
    for (const [start, source, words] of bars) {
      const [from, to] = [start, source].map((place) => this.above(staff, place, onto));
      if (!from || !to) continue;
      const high = Math.min(from.y, to.y) - 0.06 * Math.hypot(from.x - to.x, from.y - to.y) - 4;
      // As attributes too: a saved picture has no style sheet, and what is not said there is filled.
      const line = shape("path", { d: `M${from.x} ${from.y}C${from.x} ${high} ${to.x} ${high} ${to.x} ${to.y}`,
        fill: "none", stroke: "currentColor", "stroke-width": from.unit / 4, "stroke-opacity": 0.45 });
      const title = shape("title", {});
      title.textContent = words;
      line.append(title);
      this.drawn.append(line, shape("circle", { cx: from.x, cy: from.y, r: 0.5 * from.unit }));
    }
    drawing.append(this.drawn);
  }

  /** A place a little above a note, in the drawing's own measure. */
  above(staff, start, onto) {
    const box = staff.at(start)[0]?.getBoundingClientRect();
    if (!box || !box.width) return null;
    const place = new DOMPoint(box.left + box.width / 2, box.top - 3).matrixTransform(onto);
    return { x: place.x, y: place.y, unit: 6 * onto.a };
  }
}
