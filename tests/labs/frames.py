"""Milliseconds of a lab's frame in Chromium: `python -m tests.labs.frames [SITE]`, a built site.

Each range goes through its whole course, one value a frame. A frame is counted from the start of
the lab's drawing to the first task after it, thus with style, layout and paint, all of the main
thread's work. Throttling (1× and 4×) is Chromium's own, of that thread.
"""

import functools
import http.server
import sys
import threading

from playwright.sync_api import sync_playwright

from tests.browser.test_browser import FLAGS, Quiet

from . import CHROMIUM, NAMES, ROOT

FRAMES = 120  # for each range
# installed before any script of the page; only frames of the course below are kept
WATCH = """
window.spent = [];
const channel = new MessageChannel(), real = requestAnimationFrame;
channel.port1.onmessage = ({ data }) => spent.push(performance.now() - data);
window.requestAnimationFrame = (draw) => real((now) => {
  if (window.counting) channel.port2.postMessage(performance.now());
  draw(now);
});
"""
COURSE = """async ([name, frames]) => {
  const inputs = document.querySelectorAll(`#lab-${name} input[type=range]`);
  window.counting = true;
  for (const input of inputs) {
    const [low, high, first] = [input.min, input.max, input.value].map(Number);
    for (let k = 0; k <= frames; k += 1) {
      input.value = low + (high - low) * k / frames;
      input.dispatchEvent(new Event("input", { bubbles: true }));
      await new Promise((then) => setTimeout(then, 20));
    }
    input.value = first;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }
  window.counting = false;
  return spent;
}"""


def page_of(name):
    line = f"![](labs/{name}.js)"
    return next(p.stem for p in (ROOT / "docs").glob("*.md") if line in p.read_text("utf-8"))


def frames(browser, address, name, slower):
    """Milliseconds of each frame, sorted, on a processor that is `slower` times slower."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.add_init_script(WATCH)
    page.goto(f"{address}{page_of(name)}.html")
    page.locator(f"#lab-{name}.live[data-shown]").scroll_into_view_if_needed()
    control = page.context.new_cdp_session(page)
    control.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    spent = page.evaluate(COURSE, [name, FRAMES])
    page.close()
    return sorted(spent)


def main(site):
    handler = functools.partial(Quiet, directory=site)
    with (
        http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server,
        sync_playwright() as playwright,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        address = f"http://127.0.0.1:{server.server_port}/"
        print(f"{'lab':<18}{'CPU':>5}{'frames':>8}{'median ms':>11}{'95 % ms':>9}{'worst ms':>10}")
        for name in NAMES:
            for slower in (1, 4):
                spent = frames(browser, address, name, slower)
                middle, high = (spent[int(q * (len(spent) - 1))] for q in (0.5, 0.95))
                print(f"{name:<18}{f'1/{slower}':>5}{len(spent):>8}", end="")
                print(f"{middle:>11.1f}{high:>9.1f}{spent[-1]:>10.1f}")
        browser.close()
        server.shutdown()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else ROOT / "site")
