// What was written, to undo and redo. Part of the script that player.js begins.

/** States of the text, each {text, start, end}: what is written and what is selected. */
class History {
  constructor(state) {
    this.states = [state];
    this.at = 0;
    this.grew = 0; // when the newest state last took up a typed character
  }

  get current() {
    return this.states[this.at];
  }

  /** Note a new state. Characters typed one after another are undone together, a line at a time. */
  add(state, now = Date.now()) {
    const before = this.current;
    const typed = state.text.length === before.text.length + 1 && state.start === before.start + 1;
    const more = typed && this.typing && now - this.grew < 1000 && state.text[state.start - 1] !== "\n";
    this.states.length = this.at + 1;
    if (more) this.states[this.at] = state;
    else this.states.push(state);
    if (this.states.length > 500) this.states.shift();
    this.at = this.states.length - 1;
    this.typing = typed;
    this.grew = now;
  }

  /** Where the cursor stood last before the next change: undoing goes back there. */
  moved(start, end) {
    this.states[this.at] = { ...this.current, start, end };
  }

  step(by) {
    const next = this.states[this.at + by];
    if (!next) return null;
    this.at += by;
    this.typing = false;
    return next;
  }
}
