// A link past the navigation, a voice, and scrolling to what was asked for: see __init__.py.

const MAIN = "songrnn-main";

/** An element of ours outside of the app, made once. */
function ours(id, make) {
  return document.getElementById(id) ?? make(Object.assign(document.createElement("div"), { id }));
}

function skip(words) {
  // Streamlit draws the main part again on another page, without our name for it.
  const main = document.querySelector('[data-testid="stMainBlockContainer"]');
  if (main && main.id !== MAIN) Object.assign(main, { id: MAIN, tabIndex: -1 });
  ours("songrnn-skip", (box) => {
    const link = Object.assign(document.createElement("a"), { href: `#${MAIN}`, textContent: words });
    link.addEventListener("click", (event) => {
      event.preventDefault(); // the address stays that of the view
      document.getElementById(MAIN)?.focus();
    });
    box.append(link);
    document.body.prepend(box);
    return box;
  });
}

// What scrolls can be scrolled by keyboard: a block of code that is too large for its place.
function reachable() {
  for (const block of document.querySelectorAll('[data-testid="stCode"], [data-testid="stCode"] :is(div, pre)')) {
    const scrolls = /auto|scroll/.test(getComputedStyle(block).overflow)
      && (block.scrollWidth > block.clientWidth || block.scrollHeight > block.clientHeight);
    if (scrolls && block.tabIndex < 0) block.tabIndex = 0;
  }
}

let looking = null;

function watch() {
  if (looking) return;
  let waiting = 0; // not begun anew by each change: a page that goes on changing would wait for ever
  const soon = () => { waiting ||= setTimeout(() => { waiting = 0; reachable(); }, 200); };
  looking = new MutationObserver(soon);
  looking.observe(document.body, { childList: true, subtree: true });
  window.addEventListener("resize", soon);
  soon();
}

function say(words) {
  const voice = ours("songrnn-voice", (box) => {
    box.setAttribute("role", "status");
    document.body.append(box);
    return box;
  });
  // A region that is there before its words are heard; the same words twice are news as well.
  voice.textContent = "";
  setTimeout(() => { voice.textContent = words; }, 100);
}

function show(key, patience = 20) {
  const place = document.querySelector(`.st-key-${CSS.escape(key)}`);
  if (!place || !place.getClientRects().length) return void (patience && setTimeout(show, 100, key, patience - 1));
  const { top } = place.getBoundingClientRect();
  if (top >= 0 && top < window.innerHeight * 0.6) return;
  place.style.scrollMarginTop = "4.5rem"; // below the navigation
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  place.scrollIntoView({ block: "start", behavior: still ? "auto" : "smooth" });
}

/** The same while the page still grows above it, until somebody moves it by hand. */
function follow(key) {
  const hands = ["wheel", "touchstart", "pointerdown", "keydown"];
  const timers = [0, 400, 900, 1600, 2600].map((delay) => setTimeout(show, delay, key));
  const stop = () => {
    timers.forEach(clearTimeout);
    hands.forEach((hand) => removeEventListener(hand, stop, true));
  };
  hands.forEach((hand) => addEventListener(hand, stop, true));
  setTimeout(stop, 3000);
}

let heard = -1;

export default function ({ data }) {
  if (data.skip) return void (skip(data.skip), watch());
  if (data.number <= heard) return; // drawn again by another theme
  heard = data.number;
  if (data.say) say(data.say);
  if (data.show) (data.growing ? follow : show)(data.show);
}
