// Keeps a page about work under way fresh: each second its part marked data-progress is fetched again, and when that
// part is gone the work is over and the whole page is loaded. Without this script, “Check again” does the same.
const EVERY = 1000;
const MARK = "[data-progress]";

async function look() {
  const present = document.querySelector(MARK);
  if (!present) return;
  try {
    const answer = await fetch(window.location.href, { headers: { Accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(MARK);
    if (answer.ok && !fresh) {
      window.location.reload();
      return;
    }
    if (fresh) present.replaceChildren(...fresh.childNodes);
  } catch {
    // The shop could not be reached: the next second asks again.
  }
  window.setTimeout(look, EVERY);
}

window.setTimeout(look, EVERY);
