// The sound of a tune, put together from single notes. Part of the script that player.js begins.

const recordings = new Map(); // instrument -> {notes: promise, come: what resolves it}
let speaker; // one audio context for the page
const USUAL = 90; // MIDI velocity of a plain note

/** The notes of an instrument, once they have come: {buffer, pitches, spacing, held}. */
function recording(instrument) {
  if (!recordings.has(instrument)) {
    const expected = {};
    expected.notes = new Promise((resolve) => { expected.come = resolve; });
    recordings.set(instrument, expected);
  }
  return recordings.get(instrument);
}

/** Take the notes of an instrument as the server recorded them. */
function record(samples) {
  const expected = recording(samples.instrument);
  if (expected.came) return;
  expected.came = true;
  speaker ??= new AudioContext();
  expected.come(speaker.decodeAudioData(bytes(samples.data).buffer).then((buffer) => ({ ...samples, buffer })));
}

/** Plays notes [onset, duration, MIDI pitch, …, …, velocity] in seconds; to the transport it is an
 *  <audio>. chords: [onset, duration, MIDI pitch, loudness] of what accompanies them, on `backing`. */
class Sampler extends EventTarget {
  constructor(notes, seconds, instrument, chords, backing) {
    super();
    const own = notes.map(([onset, duration, pitch, , , velocity]) => ({ onset, duration, pitch, loud: 0.7 * velocity / USUAL, on: instrument }));
    const below = chords.map(([onset, duration, pitch, loud]) => ({ onset, duration, pitch, loud: 0.6 * loud, on: backing }));
    this.notes = [...own, ...below].sort((a, b) => a.onset - b.onset);
    this.seconds = seconds;
    this.instruments = [instrument, ...(chords.length && instrument !== backing ? [backing] : [])];
    this.recordings = {};
    this.place = 0; // seconds of the tune at `since`
    this.since = null; // moment of the audio context; null while it rests
    this.rate = 1;
    this.wanted = null; // whose notes are waited for before it begins
    this.sounding = new Set();
  }

  get paused() {
    return this.since === null;
  }

  get currentTime() {
    if (this.paused) return this.place;
    return Math.min(this.place + Math.max(speaker.currentTime - this.since, 0) * this.rate, this.seconds);
  }

  set currentTime(seconds) {
    this.begin(seconds);
    this.dispatchEvent(new Event("seeked"));
  }

  get playbackRate() {
    return this.rate;
  }

  set playbackRate(rate) {
    const now = this.currentTime;
    this.rate = rate;
    this.begin(now);
  }

  /** Go on from a moment of the tune: what sounds is cut off there. */
  begin(seconds) {
    this.silence();
    this.place = seconds;
    this.next = this.notes.findIndex((note) => note.onset >= seconds - 0.01);
    if (this.next < 0) this.next = this.notes.length;
    if (!this.paused) this.since = speaker.currentTime;
  }

  async play() {
    const wish = this.wanted = {}; // until it sounds; a pause or another wish takes its place
    for (const name of this.instruments) recording(name).notes.then((found) => { this.recordings[name] = found; });
    // Chords join in when their notes have come; the tune does not wait for them.
    await recording(this.instruments[0]).notes;
    await speaker.resume();
    if (this.wanted !== wish) return;
    this.wanted = null;
    this.since = speaker.currentTime + 0.03;
    this.begin(this.place);
    this.timer = setInterval(() => this.tick(), 40);
    this.tick();
    this.dispatchEvent(new Event("play"));
  }

  pause() {
    const now = this.currentTime;
    this.wanted = null;
    clearInterval(this.timer);
    this.silence();
    if (this.paused) return;
    this.since = null;
    this.place = now;
    this.dispatchEvent(new Event("pause"));
  }

  /** Hand the next notes to the audio context a little before they are due. */
  tick() {
    const horizon = this.currentTime + 0.2 * this.rate;
    while (this.next < this.notes.length && this.notes[this.next].onset < horizon) this.sound(this.notes[this.next++]);
    if (this.currentTime < this.seconds) return;
    this.pause();
    this.dispatchEvent(new Event("ended"));
  }

  sound({ onset, duration, pitch, loud, on }) {
    if (!this.recordings[on]) return;
    const { buffer, pitches, spacing, held } = this.recordings[on];
    const nearest = pitches.reduce((best, each, index) => (Math.abs(each - pitch) < Math.abs(pitches[best] - pitch) ? index : best), 0);
    const shift = 2 ** ((pitch - pitches[nearest]) / 12);
    const when = this.since + (onset - this.place) / this.rate;
    const lasts = Math.min(duration / this.rate, (held - 0.05) / shift);
    const source = new AudioBufferSourceNode(speaker, { buffer, playbackRate: shift });
    const loudness = new GainNode(speaker, { gain: loud });
    loudness.gain.setValueAtTime(loud, when + Math.max(lasts - 0.03, 0));
    loudness.gain.linearRampToValueAtTime(0, when + lasts + 0.05);
    source.connect(loudness).connect(speaker.destination);
    source.start(Math.max(when, speaker.currentTime), nearest * spacing);
    source.stop(when + lasts + 0.06);
    this.sounding.add(source);
    source.addEventListener("ended", () => this.sounding.delete(source));
  }

  silence() {
    for (const source of this.sounding) source.stop();
    this.sounding.clear();
  }
}
