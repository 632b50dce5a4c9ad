// The line plot below the text. Part of the script that player.js begins.

/** The value of the neurons shown along the text; made when there is something to draw. */
class Plot {
  constructor(player) {
    this.player = player;
    this.box = element("div", { class: "plot", "data-testid": "plot", hidden: true });
  }

  close() {
    this.watcher?.disconnect();
  }

  prepare() {
    const { player, box } = this;
    this.canvas = element("canvas", { role: "img", "aria-label": "The value along the text" });
    this.line = element("b", { hidden: true });
    box.append(this.canvas, this.line);
    const last = player.letters.length - 1;
    const under = (event) => {
      const { left, width } = box.getBoundingClientRect();
      return Math.min(Math.max(Math.floor(((event.clientX - left) / width) * player.letters.length), 0), last);
    };
    player.on(box, "pointermove", (event) => player.hover(under(event), event));
    player.on(box, "pointerleave", () => { player.tip.hidden = true; });
    player.on(box, "click", (event) => player.pick(under(event)));
    this.watcher = new ResizeObserver(() => this.draw());
    this.watcher.observe(box);
  }

  cursor(index) {
    if (!this.line) return;
    this.line.hidden = index === null;
    if (index !== null) this.line.style.left = `${((index + 0.5) / this.player.letters.length) * 100}%`;
  }

  draw() {
    const { player } = this;
    const layers = player.active;
    this.box.hidden = !layers.length;
    if (!layers.length) return;
    if (!this.canvas) this.prepare();
    const { canvas } = this;
    const { palette } = player;
    const scale = window.devicePixelRatio || 1;
    const width = canvas.clientWidth, height = canvas.clientHeight;
    if (!width) return;
    canvas.width = width * scale;
    canvas.height = height * scale;
    const pen = canvas.getContext("2d");
    pen.scale(scale, scale);
    const high = Math.max(...layers.map((layer) => layer.bound));
    const low = layers.every((layer) => layer.activity.gate) ? 0 : -high;
    const y = (value) => 4 + (1 - (Math.min(Math.max(value, low), high) - low) / (high - low)) * (height - 8);
    pen.strokeStyle = palette.faint;
    pen.beginPath();
    for (const level of [low, 0, high]) { pen.moveTo(0, y(level)); pen.lineTo(width, y(level)); }
    pen.stroke();
    const count = player.letters.length;
    pen.lineWidth = 1.25;
    layers.forEach((layer, number) => {
      pen.strokeStyle = number ? palette.accent : palette.ink;
      pen.setLineDash(number ? [4, 2] : []);
      pen.beginPath();
      for (let index = 0; index < count; index++) pen.lineTo(((index + 0.5) / count) * width, y(layer.value(index)));
      pen.stroke();
    });
    pen.fillStyle = palette.quiet;
    pen.font = "12px sans-serif";
    pen.fillText(String(Number(high.toPrecision(3))), 2, 14);
    pen.fillText(String(Number(low.toPrecision(3))).replace("-", "−"), 2, height - 6);
  }
}
