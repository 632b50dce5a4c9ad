// Saves a plotly chart of this page by its own camera, told what kind of file is wanted.

const KINDS = [["svg", "SVG", 1], ["png", "PNG", 2]];

// The chart saves by clicking a link of its own outside of everything; the popover that holds these
// buttons would take that for a click beside it, and close.
function unnoticed(event) {
  if (event.target.matches?.("a[download]")) event.stopPropagation();
}

function save(data, format, scale) {
  const chart = document.querySelector(`.st-key-${CSS.escape(data.chart)} .js-plotly-plot`);
  const camera = chart?.querySelector('.modebar-btn[data-title^="Download plot"]');
  if (!camera) return;
  chart._context.toImageButtonOptions = {
    format, scale, filename: data.name, width: data.width, height: data.height,
  };
  window.addEventListener("click", unnoticed, { capture: true });
  setTimeout(() => window.removeEventListener("click", unnoticed, { capture: true }), 5000);
  camera.click();
}

export default function ({ parentElement, data }) {
  const row = parentElement.querySelector(".files");
  row.replaceChildren(...KINDS.map(([format, words, scale]) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = words;
    button.title = `${data.name}.${format}`;
    button.addEventListener("click", () => save(data, format, scale));
    return button;
  }));
}
