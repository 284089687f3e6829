// A button marked data-copy="#id" copies the text of that element. It is hidden in the page, and shown here only where the
// browser lets a script copy; what became of it is said in the element that data-said names, which screen readers follow.
for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!navigator.clipboard) break;
  const source = document.querySelector(button.dataset.copy);
  const said = document.querySelector(button.dataset.said);
  button.hidden = false;
  button.addEventListener("click", async () => {
    said.textContent = ""; // so that the same word is said again
    try {
      await navigator.clipboard.writeText(source.textContent.trim());
      said.textContent = "Copied";
    } catch {
      window.getSelection().selectAllChildren(source); // refused: what is to be copied is at least selected
      said.textContent = "Press Ctrl+C or ⌘C to copy";
    }
  });
}
