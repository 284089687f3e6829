// A second click within two seconds is a double click: the form marked data-once is not sent again, which would leave the
// answer to the first for a page that says it is under way. Without this script the shop answers so itself.
const SECONDS = 2;

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-once]");
  if (!form) return;
  if (form.dataset.once === "sent") {
    event.preventDefault();
    return;
  }
  form.dataset.once = "sent";
  window.setTimeout(() => (form.dataset.once = ""), SECONDS * 1000);
});
