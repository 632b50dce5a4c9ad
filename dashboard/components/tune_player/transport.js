// Sound: play, position, tempo, instrument and loop. Part of the script that player.js begins.

/** Where something of the app's server lies: beside its scripts, whatever path the app has. */
function fromServer(path) {
  const script = [...document.scripts].find(({ src }) => src.includes("/static/"));
  return (script ? script.src.split("/static/")[0] : location.origin) + path;
}

/** The bar of controls over the sound; without sound they are switched off and it says why. */
class Transport {
  constructor(player) {
    const { data, seconds } = player;
    this.player = player;
    this.loops = false;
    this.sound(data);
    const off = this.off = !data.audio && !data.source && !data.sampled;
    const range = (id, label, attributes) =>
      element("input", { type: "range", "data-testid": id, "aria-label": label, ...attributes });
    this.button = element("button", { class: "play", type: "button", "data-testid": "play", "aria-label": "Play", disabled: off }, icon(PLAY));
    this.slider = range("seek", "Position in seconds", { min: 0, max: seconds, step: 0.01, value: 0, disabled: off });
    this.time = element("output", { class: "time", "data-testid": "time" });
    this.tempo = range("tempo", "Tempo in percent", { min: 50, max: 150, step: 5, value: 100, disabled: off });
    this.percent = element("output", { "data-testid": "speed", title: "Beats a minute, as the metronome clicks them" });
    this.speed(100);
    this.looping = element("button", { type: "button", "data-testid": "loop", "aria-pressed": "false", disabled: off,
      title: "Play a section again and again; a marked stretch of text becomes the section" }, "Loop");
    this.from = range("loop-start", "Loop from second; arrow keys move by a bar", { min: 0, max: seconds, step: 0.01, value: 0 });
    this.to = range("loop-end", "Loop to second; arrow keys move by a bar", { min: 0, max: seconds, step: 0.01, value: seconds });
    this.section = element("div", { class: "loop", hidden: true },
      element("label", {}, "from", this.from), element("label", {}, "to", this.to));
    const select = (id, label, names, chosen, title = "") =>
      element("select", { "data-testid": id, "aria-label": label, title, hidden: !names.length },
        ...names.map(([value, name]) => element("option", { value, selected: value === chosen }, name)));
    this.instruments = select("instrument", "Instrument", data.instruments.map((name) => [name, name]), data.instrument);
    this.backings = select("backing", "Accompaniment", data.backings, data.backing,
      "What accompanies the tune: its chord symbols, and where it has none chords that suit it");
    this.styles = select("style", "Style", data.styles.map((name) => [name, name]), data.style,
      "musician: with the tempo, accents, swing and ornaments of its dance; plain: as written");
    this.bar = element("div", { class: "transport", role: "toolbar", "aria-label": "Transport" }, this.button,
      element("div", { class: "track" }, this.slider), this.time,
      element("label", { class: "tempo" }, "Tempo", this.tempo, this.percent), this.instruments, this.backings, this.styles, this.looping, this.section);
    if (this.audio instanceof Node) this.bar.append(this.audio);
    if (off) this.bar.append(element("span", { class: "silent", "data-testid": "silent" }, data.silence));
    this.listen();
    this.practice = new Practice(this);
    if (data.svg) {
      const print = element("button", { type: "button", "data-testid": "print", title: "Prints the staff alone, or saves it as a PDF" }, "Print");
      player.on(print, "click", () => printStaff(data.svg));
      this.bar.append(print);
    }
  }

  sound(data) {
    if (data.editor) {
      this.audio = new Sampler(data.roll, this.player.seconds, data.instrument, data.accompaniment, data.backing);
      return;
    }
    this.audio = element("audio", { "data-testid": "audio", hidden: true, preload: "metadata" });
    this.audio.preservesPitch = true;
    if (!data.audio && !data.source) return;
    this.url = data.source ? fromServer(data.source) : URL.createObjectURL(new Blob([bytes(data.audio)], { type: data.mime }));
    this.audio.src = this.url;
  }

  listen() {
    const { player, from, to } = this;
    player.on(this.button, "click", () => this.toggle());
    player.on(this.slider, "input", () => this.seek(Number(this.slider.value)));
    player.on(this.tempo, "input", () => this.speed(this.tempo.value));
    player.on(this.looping, "click", () => this.loop());
    player.on(from, "input", () => { to.value = Math.max(to.value, Number(from.value) + 0.2); });
    player.on(to, "input", () => { from.value = Math.min(from.value, Number(to.value) - 0.2); });
    player.on(this.instruments, "change", () => player.play?.(this.instruments.value));
    player.on(this.backings, "change", () => player.accompany?.(this.backings.value));
    player.on(this.styles, "change", () => player.perform?.(this.styles.value));
    for (const event of ["play", "pause", "ended"]) player.on(this.audio, event, () => this.state());
    player.on(this.audio, "timeupdate", () => this.around()); // a hidden page draws no frames
    player.on(this.audio, "ended", () => { // the end of a loop that lies at the very end may be missed
      if (!this.loops) return;
      this.seek(Number(this.from.value));
      this.begin();
    });
    // One sound at a time: whoever begins stops the others.
    player.on(this.audio, "play", () => {
      for (const other of document.querySelectorAll("audio")) if (other !== this.audio) other.pause();
      dispatchEvent(new CustomEvent("tune-player-plays", { detail: this.audio }));
    });
    player.on(window, "tune-player-plays", ({ detail }) => detail !== this.audio && this.plays && this.audio.pause());
    player.on(this.audio, "seeked", () => player.move(this.audio.currentTime));
    player.on(this.audio, "error", () => {
      this.button.disabled = true;
      this.time.value = this.player.data.source ? "The sound could not be fetched or played; reload the page." : "This browser cannot play the sound.";
    });
  }

  /** Start where the transport of the same tune stood; with another instrument it keeps playing. */
  take(before) {
    // Another style may have another tempo: the place in the tune stays, not the second.
    const share = before.player.seconds ? this.player.seconds / before.player.seconds : 1;
    this.seek(before.audio.currentTime * (this.player.data.style === before.player.data.style ? 1 : share));
    if (before.tempo.value !== this.tempo.value) this.speed(this.tempo.value = before.tempo.value);
    const heard = ({ instrument, style, backing }) => `${instrument} ${style} ${backing}`;
    const other = heard(before.player.data) !== heard(this.player.data);
    if ((other || this.player.editor) && (before.plays || before.audio.wanted)) this.begin();
  }

  close() {
    this.closed = true;
    this.practice.close();
    this.audio.pause();
    if (!this.url) return cancelAnimationFrame(this.frame);
    this.audio.removeAttribute("src"); // what is still being loaded would miss its address
    this.audio.load();
    URL.revokeObjectURL(this.url);
    cancelAnimationFrame(this.frame);
  }

  get plays() {
    return !this.audio.paused;
  }

  show(seconds) {
    this.slider.value = seconds;
    this.time.value = `${clock(seconds)} / ${clock(this.player.seconds)}`;
  }

  speed(percent) {
    this.audio.playbackRate = this.audio.defaultPlaybackRate = Number(percent) / 100;
    const beats = this.beats;
    this.percent.value = beats ? `${percent} % · ${Math.round(beats * Number(percent) / 100)} bpm` : `${percent} %`;
  }

  /** Beats a minute as the tune is written, those that the metronome clicks; 0 where it has none. */
  get beats() {
    const pulse = this.player.data.pulse ?? [];
    const gaps = pulse.slice(1).map(([seconds], index) => seconds - pulse[index][0]).filter((gap) => gap > 0.05);
    gaps.sort((one, other) => one - other);
    return gaps.length ? 60 / gaps[gaps.length >> 1] : 0;
  }

  seek(seconds) {
    const time = Math.min(Math.max(seconds, 0), this.player.seconds);
    if (!this.off) this.audio.currentTime = time;
    this.player.move(time);
  }

  toggle() {
    if (this.off) return;
    if (this.plays || this.practice.counting) this.heeding?.(); // who stops it wishes it no longer
    if (this.plays) return this.audio.pause();
    if (this.loops && this.audio.currentTime >= Number(this.to.value) - 0.02) this.seek(Number(this.from.value));
    else if (this.audio.currentTime >= this.player.seconds - 0.02) this.seek(0);
    this.practice.before(() => this.begin());
  }

  begin() {
    if (this.off) return;
    this.player.editor?.needs();
    // A wish is over when it sounds or the browser will not; the next player hears of it where this one goes before.
    const over = () => this.closed || this.heeding?.();
    this.audio.play().then(over, () => { this.state(); over(); });
  }

  /** Begin by the page's wish; done is called once it is over. */
  heed(done) {
    if (this.plays && !this.heeding) return done();
    if (this.heeding) return;
    this.heeding = () => { this.heeding = null; done(); };
    if (!this.off) this.toggle();
  }

  state() {
    const { plays } = this;
    this.button.setAttribute("aria-label", plays ? "Pause" : "Play");
    this.button.replaceChildren(icon(plays ? PAUSE : PLAY));
    cancelAnimationFrame(this.frame);
    if (plays) this.follow();
  }

  follow() {
    this.player.move(this.around());
    this.frame = requestAnimationFrame(() => this.follow());
  }

  /** At the end of the loop back to its beginning. Returns where the sound is. */
  around() {
    const now = this.audio.currentTime;
    if (!this.loops || !this.plays || now < Number(this.to.value)) return now;
    this.practice.jumped = Number(this.from.value);
    return this.audio.currentTime = Number(this.from.value);
  }

  /** Switch the loop; what is marked or chosen becomes its section. */
  loop() {
    const { player } = this;
    this.loops = !this.loops;
    this.looping.setAttribute("aria-pressed", String(this.loops));
    this.section.hidden = !this.loops;
    const marked = player.marks.span ?? player.chosen;
    if (!this.loops || !marked) return;
    // The first time the marked characters sound, until what comes after them.
    const inside = ([, start, end]) => end > start && start < marked[1] && end > marked[0];
    const first = player.timeline.findIndex(inside);
    if (first < 0) return;
    let last = first;
    while (last + 1 < player.timeline.length && inside(player.timeline[last])) last++;
    this.from.value = player.timeline[first][0];
    this.to.value = player.timeline[last][0];
    this.seek(player.timeline[first][0]);
  }
}
