// Shows the invitation unless this browser has taken or declined it before.

const KNOWN = "songrnn-tour";

/** A browser that keeps nothing is asked at each visit. */
function known(value) {
  try {
    if (value) localStorage.setItem(KNOWN, value);
    return localStorage.getItem(KNOWN);
  } catch {
    return null;
  }
}

export default function render({ parentElement, data, setTriggerValue }) {
  const box = parentElement.querySelector(".invitation");
  if (!box || !data) return;
  box.hidden = Boolean(known());
  if (box.childElementCount) return;
  const button = (words, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = words;
    made.addEventListener("click", act);
    return made;
  };
  const words = document.createElement("span");
  words.textContent = data.words;
  const take = button("Take the tour", () => { known("taken"); box.hidden = true; setTriggerValue("take", true); });
  const leave = button("No, thanks", () => { known("declined"); box.hidden = true; });
  take.className = "take";
  box.append(words, take, leave);
}
