"""Milliseconds of a lab's frame in Chromium: `python -m tests.labs.frames [SITE [LAB …]]`.

Of the labs of a built site, each range goes through its whole course, one value a frame, while
Chromium records a trace. A frame is counted as the processor time of the page's main thread in all
that it does for the frame: the dispatch of the input, the lab's script, style, layout, paint, the
drawing of the canvases (in software here, where there is no graphics processor), the hand-over to
the compositor, and the collection of garbage since the frame before. Waiting is not work: neither
for the compositor nor for a busy machine. Throttling (1× and 4×) is Chromium's own, of that thread;
the time for which it holds the thread back counts. The last columns are medians of the frame's
parts; layout that the script asks for is part of the script.
"""

import statistics
import sys

from playwright.sync_api import sync_playwright

from tests.browsing import CHROMIUM, FLAGS
from tests.serving import serving

from . import NAMES, ROOT

FRAMES = 120  # for each range
CATEGORIES = ["cc", "devtools.timeline"]
FRAME, DRAWN = "ProxyMain::BeginMainFrame", "FireAnimationFrame"
BESIDE = ("EventDispatch", "MinorGC", "MajorGC")  # tasks of their own that belong to a frame
PARTS = ("script", "layout", "paint")  # the rest: the canvases and the hand-over
PART_OF = {DRAWN: "script", "UpdateLayoutTree": "layout", "Layout": "layout"}
PART_OF |= dict.fromkeys(("PrePaint", "Paint", "Layerize"), "paint")
COURSE = """async ([name, frames]) => {
  for (const input of document.querySelectorAll(`#lab-${name} input[type=range]`)) {
    const [low, high, first] = [input.min, input.max, input.value].map(Number);
    for (let k = 0; k <= frames; k += 1) {
      input.value = low + (high - low) * k / frames;
      input.dispatchEvent(new Event("input", { bubbles: true }));
      await new Promise((then) => setTimeout(then, 20));
    }
    input.value = first;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }
}"""


def page_of(name):
    line = f"![](labs/{name}.js)"
    return next(p.stem for p in (ROOT / "docs").glob("*.md") if line in p.read_text("utf-8"))


def record(browser, address, name, slower):
    """The trace's events while the lab's ranges move."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{address}{page_of(name)}.html")
    figure = page.locator(f"#lab-{name}")
    figure.scroll_into_view_if_needed()
    page.locator(f"#lab-{name}.live").wait_for()
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
    control, events, ended = browser.new_browser_cdp_session(), [], []
    control.on("Tracing.dataCollected", lambda part: events.extend(part["value"]))
    control.on("Tracing.tracingComplete", lambda told: ended.append(told))
    config = {"includedCategories": CATEGORIES, "excludedCategories": ["*"]}
    control.send("Tracing.start", {"transferMode": "ReportEvents", "traceConfig": config})
    page.evaluate(COURSE, [name, FRAMES])
    control.send("Tracing.end")
    while not ended:
        page.wait_for_timeout(50)
    control.detach()
    page.close()
    return events


def frames(events):
    """For each frame in which the lab was drawn, {part: its milliseconds}, with "all" of them."""
    of = [(e["pid"], e["tid"]) for e in events if e["name"] == DRAWN]
    main = statistics.mode(of)
    mine = [e for e in events if e["ph"] == "X" and (e["pid"], e["tid"]) == main]
    mine.sort(key=lambda e: e["ts"])
    found, beside, end, inner = [], 0, 0, 0
    for event in mine:
        spent, until = event.get("tdur", 0) / 1000, event["ts"] + event["dur"]
        if event["name"] == FRAME:
            found.append({"all": spent + beside, **dict.fromkeys(PARTS, 0)})
            beside, end = 0, until
        elif event["ts"] >= end and event["name"] in BESIDE:
            beside, end = beside + spent, until
        elif inner <= event["ts"] < end and event["name"] in PART_OF and found:
            found[-1][PART_OF[event["name"]]] += spent
            inner = until
    return [each for each in found if each["script"]]


def main(site, names):
    with serving(site) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        print(f"{'lab':<16}{'CPU':>5}{'frames':>7}{'median ms':>10}{'95 %':>7}{'worst':>7}", end="")
        print("  " + "".join(f"{part:>8}" for part in PARTS))
        for name in names or NAMES:
            for slower in (1, 4):
                found = frames(record(browser, address, name, slower))
                spent = sorted(each["all"] for each in found)
                high = spent[int(0.95 * (len(spent) - 1))]
                print(f"{name:<16}{f'1/{slower}':>5}{len(spent):>7}", end="")
                print(f"{statistics.median(spent):>10.1f}{high:>7.1f}{spent[-1]:>7.1f}  ", end="")
                print("".join(f"{statistics.median(e[p] for e in found):>8.1f}" for p in PARTS))
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else ROOT / "site", sys.argv[2:])
