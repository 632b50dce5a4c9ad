// For practice: a loop over bars drawn on the staff, a metronome, a count-in, and what this browser
// remembers of all that. Part of the script that player.js begins.

const REMEMBERED = "songrnn-player";

/** What the browser knows of the player; with a change, that too. Nothing where it keeps nothing. */
function remembered(change) {
  try {
    const known = JSON.parse(localStorage.getItem(REMEMBERED) ?? "{}");
    if (change) localStorage.setItem(REMEMBERED, JSON.stringify({ ...known, ...change }));
    return known && typeof known === "object" ? known : {};
  } catch {
    return {};
  }
}

const asked = new WeakSet(); // the players whose sound was asked for

/** A short click at a moment of the audio context. */
function click(when, strong) {
  const tone = new OscillatorNode(speaker, { frequency: strong ? 1500 : 1000 });
  const loudness = new GainNode(speaker, { gain: 0 });
  loudness.gain.setValueAtTime(strong ? 0.5 : 0.3, when);
  loudness.gain.exponentialRampToValueAtTime(0.001, when + 0.05);
  tone.connect(loudness).connect(speaker.destination);
  tone.start(when);
  tone.stop(when + 0.06);
}

class Practice {
  constructor(transport) {
    const { player } = transport;
    this.transport = transport;
    this.player = player;
    this.pulse = player.data.pulse ?? [];
    this.bars = this.pulse.filter(([, strong]) => strong).map(([seconds]) => seconds);
    const known = remembered();
    const button = (name, words, title) => element("button", { type: "button", "data-testid": name, title,
      "aria-pressed": String(known[name] === true), hidden: !this.pulse.length, disabled: transport.off }, words);
    this.metronome = button("metronome", "Metronome", "Clicks on every beat, higher where a bar begins");
    this.countIn = button("count-in", "Count in", "Clicks one bar before the sound begins");
    this.counted = element("output", { class: "counted", "data-testid": "counted" });
    this.named = element("output", { class: "named", "data-testid": "loop-bars" });
    transport.bar.append(this.metronome, this.countIn, this.counted);
    transport.section.append(this.named);
    for (const each of [this.metronome, this.countIn]) {
      player.on(each, "click", () => {
        const on = each.getAttribute("aria-pressed") === "false";
        each.setAttribute("aria-pressed", String(on));
        remembered({ [each.dataset.testid]: on });
        this.clicks();
      });
    }
    for (const event of ["play", "pause", "seeked", "ended"]) player.on(transport.audio, event, () => this.clicks());
    for (const each of [transport.from, transport.to]) {
      player.on(each, "input", () => { this.name(); this.remember(); });
      player.on(each, "keydown", (event) => this.byBars(event, each));
    }
    player.on(transport.looping, "click", () => { this.name(); this.remember(); });
    player.on(transport.tempo, "input", () => this.remember());
    for (const [name, field] of this.heard()) player.on(field, "change", () => remembered({ [name]: field.value }));
    this.recall(known);
  }

  /** What decides how a tune is heard, by the names that the page has for it. */
  heard() {
    const { instruments, styles, backings } = this.transport;
    return [["instrument", instruments], ["style", styles], ["backing", backings]];
  }

  /** Ask the page, once, for the sound that was chosen in this browser before. */
  ask() {
    if (asked.has(this.player.root)) return;
    asked.add(this.player.root);
    const known = remembered(), tell = { instrument: this.player.play, style: this.player.perform, backing: this.player.accompany };
    for (const [name, field] of this.heard()) {
      const there = [...field.options].some(({ value }) => value === known[name]);
      if (there && known[name] !== this.player.data[name]) setTimeout(() => tell[name](known[name]));
    }
  }

  get duration() {
    return this.player.seconds;
  }

  // What is remembered ----------------------------------------------------------------------------

  /** Tempo and loop as they were left: the loop in the tune where it was drawn. */
  recall({ tempo, loop }) {
    const { transport } = this;
    if (tempo >= 50 && tempo <= 150) transport.speed(transport.tempo.value = tempo);
    if (loop?.text !== this.player.data.text || !(loop.to > loop.from)) return;
    this.section(loop.from * this.duration, loop.to * this.duration);
  }

  remember() {
    const { transport } = this;
    const part = (field) => Number(field.value) / this.duration;
    remembered({
      tempo: Number(transport.tempo.value),
      loop: transport.loops ? { text: this.player.data.text, from: part(transport.from), to: part(transport.to) } : null,
    });
  }

  // The loop --------------------------------------------------------------------------------------

  /** Drawing over the staff with the mouse, from one note to another, loops their bars. */
  listen(box) {
    const { player } = this;
    const start = (event) => event.target.closest?.("[data-start]")?.dataset.start;
    let from = null;
    player.on(box, "pointerdown", (event) => {
      from = event.pointerType !== "touch" && event.button === 0 ? start(event) ?? null : null;
      if (from !== null) event.preventDefault(); // notes are no text to be selected
    });
    player.on(document, "pointerup", (event) => {
      const to = start({ target: event.composedPath()[0] });
      if (from !== null && to !== undefined && to !== from) this.over(Number(from), Number(to));
      from = null;
    });
  }

  /** Loop the bars from one note to another, by the starts of their characters. */
  over(one, other) {
    const { timeline } = this.player;
    const [first, last] = [Math.min(one, other), Math.max(one, other)];
    const begin = timeline.findIndex(([, start]) => start === first);
    const end = timeline.findIndex(([, start], index) => index >= begin && start === last);
    if (begin < 0 || end < 0) return;
    const from = this.bars.filter((seconds) => seconds <= timeline[begin][0] + 1e-3).at(-1) ?? 0;
    const to = this.bars.find((seconds) => seconds > timeline[end][0] + 1e-3) ?? this.duration;
    this.section(from, to);
    this.transport.seek(from);
    this.remember();
  }

  section(from, to) {
    const { transport } = this;
    transport.loops = true;
    transport.looping.setAttribute("aria-pressed", "true");
    transport.section.hidden = false;
    transport.to.value = to;
    transport.from.value = from;
    this.name();
  }

  /** The arrow keys move an end of the loop by a bar; one bar is always left between the ends. */
  byBars(event, field) {
    const up = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (!up || !this.bars.length) return;
    event.preventDefault();
    const { from, to } = this.transport, now = Number(field.value), near = 0.02;
    const edges = [...new Set([0, ...this.bars, this.duration])].filter((seconds) =>
      (field === from ? seconds < Number(to.value) - near : seconds > Number(from.value) + near));
    const next = up > 0 ? edges.find((seconds) => seconds > now + near) : edges.findLast((seconds) => seconds < now - near);
    if (next === undefined) return;
    field.value = next;
    field.dispatchEvent(new Event("input"));
  }

  /** Say which bars the loop has, as they are played. */
  name() {
    const { from, to } = this.transport;
    const at = (seconds) => this.bars.filter((bar) => bar <= Number(seconds) + 1e-2).length || 1;
    const first = at(from.value), last = Math.max(at(Number(to.value) - 0.05), first);
    this.named.value = !this.bars.length ? "" : first === last ? `bar ${first}` : `bars ${first} to ${last}`;
  }

  // The clicks ------------------------------------------------------------------------------------

  on(button) {
    return button.getAttribute("aria-pressed") === "true";
  }

  /** Begin or end clicking, from where the sound is now. */
  clicks() {
    clearInterval(this.timer);
    const { audio } = this.transport;
    if (!this.on(this.metronome) || audio.paused) return;
    speaker ??= new AudioContext();
    speaker.resume();
    this.next = this.pulse.findIndex(([seconds]) => seconds >= audio.currentTime - 0.02);
    this.timer = setInterval(() => this.tick(), 40);
    this.tick();
  }

  tick() {
    const { audio } = this.transport;
    const now = audio.currentTime, rate = audio.playbackRate;
    // What lies after the end of a loop is not reached: the beat there is that of its beginning.
    const end = this.transport.loops && now < Number(this.transport.to.value) ? Number(this.transport.to.value) - 0.02 : Infinity;
    const due = (seconds) => seconds < Math.min(now + 0.15 * rate, end);
    while (this.next >= 0 && this.next < this.pulse.length && due(this.pulse[this.next][0])) {
      const [seconds, strong] = this.pulse[this.next++];
      const when = Math.max(speaker.currentTime, speaker.currentTime + (seconds - now) / rate);
      // A sound that is slow to seek tells of it twice: the beat is the one just heard.
      if (this.heardLast?.seconds === seconds && when - this.heardLast.when < 0.2) continue;
      this.heardLast = { seconds, when };
      click(when, strong);
    }
  }

  /** Count one bar, then begin; without a count-in begin at once. Asked while it counts, it stops. */
  before(begin) {
    if (this.counting) return this.stop();
    const bar = this.bars.length > 1 ? this.bars[this.bars.findLastIndex((seconds) => seconds <= this.player.now + 1e-3)] ?? this.bars[0] : null;
    const inside = bar === null ? [] : this.pulse.filter(([seconds]) => seconds >= bar && seconds < (this.bars.find((next) => next > bar) ?? this.duration));
    if (!this.on(this.countIn) || !inside.length) return begin();
    const until = this.bars.find((next) => next > bar) ?? this.duration;
    const each = (until - bar) / inside.length / this.transport.audio.playbackRate;
    speaker ??= new AudioContext();
    speaker.resume();
    let place = 0;
    const count = () => {
      if (place === inside.length) {
        this.stop();
        return begin();
      }
      click(speaker.currentTime + 0.01, place === 0);
      this.counted.value = String(++place);
      this.counting = setTimeout(count, each * 1000);
    };
    count();
  }

  stop() {
    clearTimeout(this.counting);
    this.counting = null;
    this.counted.value = "";
  }

  close() {
    clearInterval(this.timer);
    this.stop();
  }
}
