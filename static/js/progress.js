// Keeps a page about work in progress fresh: its part marked data-progress is fetched again and again, and when that part
// is gone the work is over and the whole page is loaded. It asks after a second, then more rarely the longer nothing
// changes, and only while somebody looks. Without this script, “Check again” does the same.
const SHORTEST = 1000;
const LONGEST = 15000;
const MARK = "[data-progress]";

let wait = SHORTEST;

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
    if (fresh && fresh.innerHTML !== present.dataset.seen) {
      present.dataset.seen = fresh.innerHTML;
      present.replaceChildren(...fresh.childNodes);
      wait = SHORTEST;
    } else {
      wait = Math.min(wait * 1.5, LONGEST);
    }
  } catch {
    wait = Math.min(wait * 2, LONGEST); // the shop could not be reached
  }
  lookLater();
}

function lookLater() {
  window.setTimeout(() => {
    if (document.hidden) document.addEventListener("visibilitychange", look, { once: true });
    else look();
  }, wait);
}

lookLater();
