// The staff alone on paper: black on white, whatever the theme. Part of the script that player.js begins.

const PAPER = `@page { margin: 14mm; } html, body { margin: 0; background: #fff; }
svg { display: block; width: 100%; height: auto; max-height: 265mm; color: #000; fill: #000; }`;

/** Hand the engraving to the browser's print dialogue, in a frame of its own. */
function printStaff(source) {
  const drawing = source ? safeDrawing(source) : null;
  if (!drawing) return;
  const frame = element("iframe", { title: "The staff to print", "data-testid": "paper", "aria-hidden": "true",
    style: "position: fixed; width: 0; height: 0; border: 0; visibility: hidden" });
  document.body.append(frame);
  const page = frame.contentDocument;
  page.title = document.title;
  page.head.append(page.adoptNode(element("style", {}, PAPER)));
  page.body.append(page.adoptNode(drawing));
  frame.contentWindow.addEventListener("afterprint", () => setTimeout(() => frame.remove()));
  frame.contentWindow.focus();
  frame.contentWindow.print();
}
