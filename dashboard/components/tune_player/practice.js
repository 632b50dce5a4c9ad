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

// Seconds by which clicks are planned ahead: a page that is busy for less than that delays none.
const AHEAD = 0.4;
// Seconds after which a beat that was missed is left out instead of clicked late.
const TOO_LATE = 0.1;

/** A short click at a moment of the audio context; returns what can still be stopped. */
function click(when, strong) {
  const tone = new OscillatorNode(speaker, { frequency: strong ? 1500 : 1000 });
  const loudness = new GainNode(speaker, { gain: 0 });
  loudness.gain.setValueAtTime(strong ? 0.5 : 0.3, when);
  loudness.gain.exponentialRampToValueAtTime(0.001, when + 0.05);
  tone.connect(loudness).connect(speaker.destination);
  tone.start(when);
  tone.stop(when + 0.06);
  return tone;
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
    this.planned = []; // clicks of the metronome: {seconds, when, tone}
    this.counts = []; // clicks of the count-in
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
    for (const event of ["play", "pause", "seeked", "ended", "ratechange"]) player.on(transport.audio, event, () => this.clicks());
    for (const each of [transport.from, transport.to]) {
      player.on(each, "input", () => { this.snap(each); this.name(); this.remember(); this.clicks(); });
      player.on(each, "keydown", (event) => this.byBars(event, each));
    }
    player.on(transport.looping, "click", () => { this.name(); this.remember(); this.clicks(); });
    player.on(transport.tempo, "input", () => { this.remember(); this.clicks(); });
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

  /** Where a loop may begin and end: at bars; nowhere in particular without them. */
  get edges() {
    return this.bars.length ? [...new Set([0, ...this.bars, this.duration])] : [];
  }

  /** An end that is dragged goes to the nearest bar, by mouse or finger, and leaves one at least. */
  snap(field) {
    const { from, to } = this.transport, near = 0.02;
    const nearest = (edges, value) => edges.reduce((best, edge) =>
      Math.abs(edge - value) < Math.abs(best - value) ? edge : best, edges[0]);
    if (!this.edges.length) return;
    const value = nearest(this.edges, Number(field.value));
    const other = field === from ? to : from;
    const sides = this.edges.filter((edge) => (field === from ? edge > value + near : edge < value - near));
    if (!sides.length) { // at the very end of the tune: the last bar, at its beginning the first
      const inner = this.edges.filter((edge) => Math.abs(edge - value) > near);
      field.value = field === from ? inner.at(-1) : inner[0];
      other.value = value;
      return;
    }
    field.value = value;
    other.value = nearest(sides, Number(other.value));
  }

  /** The arrow keys move an end of the loop by a bar; one bar is always left between the ends. */
  byBars(event, field) {
    const up = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (!up || !this.bars.length) return;
    event.preventDefault();
    const { from, to } = this.transport, now = Number(field.value), near = 0.02;
    const edges = this.edges.filter((seconds) =>
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

  /** Begin or end clicking, from where the sound is now; what was planned for another place goes. */
  clicks() {
    clearInterval(this.timer);
    const { audio } = this.transport;
    this.unplan();
    if (audio.seeking) return;
    // After a jump the sound may be a little past the beat that it jumped to when it tells of it.
    const from = this.jumped ?? audio.currentTime;
    this.jumped = null;
    if (!this.on(this.metronome) || audio.paused) return;
    speaker ??= new AudioContext();
    speaker.resume();
    this.next = this.pulse.findIndex(([seconds]) => seconds >= from - 0.02);
    this.timer = setInterval(() => this.tick(), 40);
    this.tick();
  }

  tick() {
    const { audio } = this.transport;
    const now = this.transport.around(), rate = audio.playbackRate;
    if (audio.seeking || audio.paused) return;
    this.listened();
    // What lies after the end of a loop is not reached: the beat there is that of its beginning.
    const end = this.transport.loops ? Number(this.transport.to.value) - 0.02 : Infinity;
    const due = (seconds) => seconds < Math.min(now + AHEAD * rate, end);
    while (this.next >= 0 && this.next < this.pulse.length && due(this.pulse[this.next][0])) {
      const [seconds, strong] = this.pulse[this.next++];
      const when = speaker.currentTime + (seconds - now) / rate;
      // A sound that is slow to seek tells of it twice: the beat is the one just heard.
      const again = this.lastHeard?.seconds === seconds && Math.abs(when - this.lastHeard.when) < 0.2;
      if (again || when < speaker.currentTime - TOO_LATE) continue;
      this.planned.push({ seconds, when, tone: click(Math.max(when, speaker.currentTime), strong) });
    }
  }

  /** Take back the clicks that are not heard yet. */
  unplan() {
    this.listened();
    for (const { tone } of this.planned.splice(0)) tone.stop();
  }

  /** Of the planned clicks only those are left that are not heard yet. */
  listened() {
    while (this.planned.length && this.planned[0].when <= speaker.currentTime) this.lastHeard = this.planned.shift();
  }

  /** Count in, then begin; without a count-in begin at once. Asked while it counts, it stops.
   *
   * One bar is counted. Where the sound begins within a bar, as tunes with a pickup do, what that bar
   * lacks is counted as well, so that the bar after it comes in time.
   */
  before(begin) {
    if (this.counting) return this.stop();
    const now = this.player.now, near = 1e-3;
    const after = (seconds) => this.bars.find((bar) => bar > seconds + near) ?? this.duration;
    const downbeat = this.bars.find((bar) => bar >= now - near) ?? this.duration;
    const bar = this.bars.length < 2 ? null : downbeat < this.duration ? downbeat : this.bars.at(-1);
    const inside = bar === null ? [] : this.pulse.filter(([seconds]) => seconds >= bar - near && seconds < after(bar) - near);
    if (!this.on(this.countIn) || !inside.length) return begin();
    const rate = this.transport.audio.playbackRate, whole = after(bar) - bar, short = Math.max(downbeat - now, 0);
    const lead = (short > near ? Math.max(2 * whole - short, whole) : whole) / rate;
    const each = whole / inside.length / rate, number = Math.max(Math.ceil(lead / each - 0.01), 1);
    speaker ??= new AudioContext();
    speaker.resume();
    const first = speaker.currentTime + 0.05;
    this.counts = Array.from({ length: number }, (_, place) => click(first + place * each, place % inside.length === 0));
    let place = 0;
    const count = () => {
      if (place === number) {
        this.stop();
        return begin();
      }
      this.counted.value = String(place++ % inside.length + 1);
      // By the clock that clicks: timers that come late do not add up.
      const next = first + (place === number ? lead : place * each);
      this.counting = setTimeout(count, Math.max(next - speaker.currentTime, 0) * 1000);
    };
    count();
  }

  stop() {
    clearTimeout(this.counting);
    this.counting = null;
    for (const tone of this.counts) tone.stop();
    this.counts = [];
    this.counted.value = "";
  }

  close() {
    clearInterval(this.timer);
    this.unplan();
    this.stop();
  }
}
