// Keeps a page about work in progress fresh: its part marked data-progress is fetched again and again. When that part is
// no longer marked the work is over, and the whole page is loaded; or only what data-progress="#id" names, so that what
// somebody is typing elsewhere on the page stays. It asks after a second, then more rarely the longer nothing changes,
// and only while somebody looks. Without this script, “Check again” does the same.
const SHORTEST = 1000;
const LONGEST = 60000;
const MARK = "[data-progress]";

let wait = SHORTEST;

async function look() {
  const present = document.querySelector(MARK);
  if (!present) return;
  try {
    const answer = await fetch(window.location.href, { headers: { Accept: "text/html", "X-Poll": "true" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector(MARK);
    if (answer.ok && !fresh) {
      finish(present, page);
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

function finish(present, page) {
  const result = present.dataset.progress && page.querySelector(present.dataset.progress);
  if (result) present.replaceWith(result);
  else window.location.reload();
}

function lookLater() {
  window.setTimeout(() => {
    if (document.hidden) document.addEventListener("visibilitychange", look, { once: true });
    else look();
  }, wait);
}

lookLater();
