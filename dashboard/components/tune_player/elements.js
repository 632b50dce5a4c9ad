// What the parts of the player are made of: elements, drawings made harmless, characters and colours.

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, String(value));
  }
  made.append(...children);
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

function shape(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}

function icon(path) {
  const made = shape("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" });
  made.append(shape("path", { d: path }));
  return made;
}

const PLAY = "M8 5v14l11-7z";
const PAUSE = "M7 5h4v14H7zM13 5h4v14h-4z";

/** An engraving without anything that could act or fetch; null when it is no SVG. */
function safeDrawing(source) {
  const parsed = new DOMParser().parseFromString(source, "image/svg+xml");
  const drawing = parsed.documentElement;
  if (!drawing || drawing.nodeName !== "svg" || parsed.querySelector("parsererror")) return null;
  for (const bad of parsed.querySelectorAll("script, foreignObject, iframe, image, a, animate, set")) bad.remove();
  for (const style of parsed.querySelectorAll("style")) {
    if (/url\s*\(|@import|@font-face/i.test(style.textContent)) style.remove();
  }
  for (const node of [drawing, ...drawing.querySelectorAll("*")]) {
    for (const { name, value } of [...node.attributes]) {
      const link = name === "href" || name === "xlink:href";
      if (/^on/i.test(name) || (link && !value.startsWith("#")) || /url\s*\((?!\s*['"]?\s*#)|\\/i.test(value)) {
        node.removeAttribute(name);
      }
    }
  }
  return document.importNode(drawing, true);
}

function bytes(base64) {
  const binary = atob(base64);
  const found = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) found[i] = binary.charCodeAt(i);
  return found;
}

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function visible(character) {
  return { "\n": "↵", " ": "␣", "\t": "⇥" }[character] ?? character;
}

/** Which character an element of the text stands for; null for anything else. */
function indexOf(target) {
  const index = target?.dataset?.index;
  return index === undefined ? null : Number(index);
}

function mix(first, second, share) {
  const part = (colour, at) => parseInt(colour.slice(at, at + 2), 16);
  const channels = [1, 3, 5].map((at) => Math.round(part(first, at) + (part(second, at) - part(first, at)) * share));
  return `rgb(${channels.join(",")})`;
}
