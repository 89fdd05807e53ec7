"""Every lab in a real browser: moved by key, by hand and by address, in both themes, on paper.

What wants a page of its own is seen on the first and the last lab; `make test-long` sees it on
each. All of them listen by one module.
"""

import contextlib
import json
import re
from pathlib import Path

import pytest

from tests.serving import Quiet
from trainingtips import momentum
from trainingtips.press.pages import labs

from . import LABS, NAMES, ROOT

pytestmark = pytest.mark.browser
every_lab = pytest.mark.parametrize("name", NAMES)
SOME = (NAMES[0], NAMES[-1])
TWO = [name if name in SOME else pytest.param(name, marks=pytest.mark.long) for name in NAMES]
two_labs = pytest.mark.parametrize("name", TWO)


DESK = {"width": 1280, "height": 900}


def page_of(name):
    """The page that shows a lab, found in the Markdown."""
    line = f"![](labs/{name}.js)"
    (page,) = [p.stem for p in (ROOT / "docs").glob("*.md") if line in p.read_text().split("\n")]
    return f"{page}.html"


@contextlib.contextmanager
def opening(browser, address):
    """lab(name) → (page, figure), once the lab is live; at the end nothing may have gone wrong."""
    problems, opened = [], []

    def go(name, query="", ready=True, near=True, **options):
        page = browser.new_page(**{"viewport": DESK} | options)
        page.set_default_timeout(120_000)
        opened.append(page)
        page.on("console", lambda m: m.type in ("error", "warning") and problems.append(m.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda r: r.url.startswith(address) or problems.append(r.url))
        page.goto(f"{address}{page_of(name)}{query}")
        figure = page.locator(f"#lab-{name}")
        if near:
            figure.scroll_into_view_if_needed()
        if ready:
            page.locator(f"#lab-{name}.live").wait_for()
        return page, figure

    yield go
    for page in opened:
        page.close()
    assert problems == []


class Alone(Quiet):
    """Serves a lab's page with nothing in its article but the lab, a screen from the top.

    Such a page opens in a fraction of the time; the whole ones are opened, too, once each.
    """

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        text = path.read_text("utf-8") if path.suffix == ".html" and path.is_file() else ""
        if 'class="lab"' not in text:
            return super().do_GET()
        figure = re.search(r'<figure class="lab".*?</figure>', text, re.DOTALL)[0]
        head, article, foot = re.split(r"(?<=<article)|(?=</article>)", text)
        space = '<div style="height: 2000px"></div>'
        opening = article[: article.index(">") + 1]
        body = "".join([head, opening, "<h1>A lab</h1>", space, figure, space, foot]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def lab(browser, site, serve):
    with opening(browser, serve(site, Alone)) as go:
        yield go


@pytest.fixture(scope="module", params=NAMES)
def opened(request, browser, at_root):
    """(name, page, figure) of each lab, opened once for the tests that need no own page."""
    with opening(browser, at_root) as go:
        yield (request.param, *go(request.param))


@pytest.fixture
def live(opened):
    """The opened page, as it was at the beginning: on a desk, in the light, and reset."""
    _, page, figure = opened
    page.set_viewport_size(DESK)
    page.emulate_media(media="screen", color_scheme="light")
    figure.scroll_into_view_if_needed()
    figure.locator("button[type=reset]").click()
    drawn(page)
    return opened


@pytest.fixture(scope="module", params=TWO)
def touched(request, browser, at_root):
    """The same under a finger, on a telephone."""
    with opening(browser, at_root) as go:
        size = {"width": 360, "height": 700}
        yield (request.param, *go(request.param, has_touch=True, viewport=size))


def drawn(page):
    """Wait until all that has happened is drawn: a reset is heard in a task, drawn in a frame."""
    page.evaluate(
        "new Promise(f => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(f))))"
    )


def state(figure):
    return figure.evaluate("figure => figure.lab.state()")


def shown(figure):
    return figure.evaluate("figure => figure.lab.result.shown")


def rested(page, figure):
    """Wait until the lab has taken note that the hand rests: some tenths of a second."""
    drawn(page)
    page.wait_for_function("figure => !figure.lab.later", arg=figure.element_handle())


def told(page, figure):
    """The polite sentence; it says what is seen."""
    rested(page, figure)
    sentence = figure.locator("[role=status]").inner_text()
    assert sentence == figure.locator(".says").inner_text()
    return sentence


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_key_moves_it_and_the_sentence_tells(live, scheme):
    _, page, figure = live
    page.emulate_media(color_scheme=scheme)
    before, sentence = state(figure), told(page, figure)
    assert len(sentence.split()) > 5
    control = figure.locator("input[type=range]").first
    which = control.get_attribute("name")
    control.focus()
    page.keyboard.press("Home")
    low = state(figure)[which]
    page.keyboard.press("ArrowRight")
    assert state(figure)[which] > low
    page.keyboard.press("End")
    assert state(figure)[which] > low and told(page, figure) != sentence
    label = figure.locator(f"label[for={control.get_attribute('id')}]").inner_text()
    assert label and control.get_attribute("aria-valuetext")
    figure.locator("button[type=reset]").click()
    assert told(page, figure) == sentence and state(figure) == before


def test_every_button_and_choice_does_something(live):
    _, page, figure = live
    seen = {json.dumps(shown(figure))}
    for select in figure.locator("select").all():
        for value in select.locator("option").evaluate_all("o => o.map(e => e.value)")[1:]:
            select.select_option(value)
            drawn(page)
            seen.add(json.dumps(shown(figure)))
        figure.locator("button[type=reset]").click()
    for button in figure.locator("[data-press]").all():
        button.click()
        drawn(page)
        seen.add(json.dumps(shown(figure)))
    assert len(seen) > 1 or not figure.locator("select, [data-press]").count()
    assert "NaN" not in figure.inner_text() and "Infinity" not in figure.inner_text()


def swipe(page, start, across, down, hand):
    """Press at `start`, (x, y), move in four steps, and let go."""
    x, y = start
    if hand == "mouse":
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + across, y + down, steps=4)
        page.mouse.up()
    else:
        finger = page.context.new_cdp_session(page)

        def touch(kind, *points):
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        touch("touchStart", {"x": x, "y": y})
        for k in (0.25, 0.5, 0.75, 1):
            touch("touchMove", {"x": x + k * across, "y": y + k * down})
        touch("touchEnd")


def test_dragging_a_handle_with_the_mouse_moves_it(live):
    drag(*live[1:], "mouse")


def test_dragging_a_handle_with_a_finger_moves_it(touched):
    drag(*touched[1:], "finger")


def drag(page, figure, hand):
    """The first handle, a little to the right and down."""
    handle = figure.locator(".handle").first
    rested(page, figure)  # the handle is put where it is drawn once the hand rests
    # in the middle: at the top of the screen it may lie below the page's header, which stays there
    handle.evaluate("handle => handle.scrollIntoView({ block: 'center' })")
    drawn(page)
    before, box = state(figure), handle.bounding_box()
    swipe(page, (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2), 30, 20, hand)
    rested(page, figure)
    after, now = state(figure), handle.bounding_box()
    along = {axis: handle.get_attribute(f"data-{axis}") for axis in "xy"}
    changed = {key for key in before if before[key] != after[key]}
    assert changed and changed <= set(along.values())
    for axis, way in (("x", 30), ("y", 20)):
        free = along[axis] in before  # else a number: it does not move in that direction
        assert abs(now[axis] - box[axis] - way * free) < 8


def test_a_finger_that_scrolls_over_a_panel_moves_nothing(touched):
    _, page, figure = touched
    panel = figure.locator(".panel:has(.handle)").first
    panel.scroll_into_view_if_needed()
    before, scrolled = state(figure), page.evaluate("scrollY")
    box, handle = panel.bounding_box(), panel.locator(".handle").bounding_box()
    far = max((0.25, 0.75), key=lambda k: abs(box["x"] + k * box["width"] - handle["x"] - 22))
    swipe(page, (box["x"] + far * box["width"], box["y"] + box["height"] / 2), 0, -80, "finger")
    assert state(figure) == before
    page.wait_for_function("from => scrollY > from", arg=scrolled)


@two_labs
def test_the_address_holds_the_state(lab, name):
    page, figure = lab(name)
    figure.locator("input[type=range]").first.focus()
    page.keyboard.press("PageUp")
    page.wait_for_url(lambda url: f"?{name}." in url)
    there, picture, query = state(figure), shown(figure), page.url.partition("?")[2]
    _, other = lab(name, f"?{query}")
    assert (state(other), shown(other)) == (there, picture)
    _, wrong = lab(name, re.sub(r"=[^&]*", "=nonsense", f"?{query}"))
    assert None not in state(wrong).values()


@two_labs
def test_without_javascript_there_is_the_still_picture(lab, name):
    _, figure = lab(name, ready=False, java_script_enabled=False)
    assert figure.locator("svg").first.is_visible()
    assert not figure.locator("form").is_visible()
    assert figure.locator("figcaption").is_visible()


def test_on_paper_there_is_the_still_picture(live):
    _, page, figure = live
    page.emulate_media(media="print")
    assert figure.locator("svg").first.is_visible()
    assert not figure.locator("form").is_visible()
    assert not figure.locator("canvas").first.is_visible()
    assert figure.locator("svg .still:not([hidden])").count()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_small_screen_and_axe_has_nothing_to_say(live, scheme):
    from axe_playwright_python.sync_playwright import Axe

    name, page, figure = live
    page.set_viewport_size({"width": 320, "height": 700})
    page.emulate_media(color_scheme=scheme)
    drawn(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    for each in figure.locator("button, input[type=range], select, canvas").all():
        box = each.bounding_box()
        assert box is None or (box["x"] >= 0 and box["x"] + box["width"] <= 320)
    found = Axe().run(page, context=f"#lab-{name}").response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []


def test_it_lives_again_on_a_page_brought_by_the_themes_navigation(live):
    """The theme's instant navigation swaps the page's content and tells `document$`."""
    name, page, figure = live
    page.evaluate(
        """name => {
          const old = document.querySelector(`#lab-${name}`)
          const html = new DOMParser().parseFromString(original, 'text/html')
          old.replaceWith(document.adoptNode(html.querySelector(`#lab-${name}`)))
          document$.next(document)
        }""".replace("original", json.dumps(page.request.get(page.url).text())),
        name,
    )
    page.locator(f"#lab-{name}.live").wait_for()
    before = state(figure)
    figure.locator("input[type=range]").first.focus()
    page.keyboard.press("PageUp")
    assert state(figure) != before


@every_lab
def test_its_size(name, site):
    """Compressed, as a server sends it: the lab's own module, and what all labs share."""
    import gzip

    sent = {path.stem: path.read_bytes() for path in (site / "labs").glob("*.js")}
    size = {each: len(gzip.compress(text, 9)) for each, text in sent.items()}
    draws = b"./chance.js" in sent[name]  # some labs share it, and it counts as theirs
    assert size[name] + draws * size["chance"] <= 2 * 1024
    assert sum(size[each] for each in labs.SHARED if each != "chance") <= 5 * 1024, size


@pytest.mark.parametrize(
    ("name", "key"),
    [
        (NAMES[0], True),
        (NAMES[-1], False),
        *(pytest.param(name, False, marks=pytest.mark.long) for name in NAMES[:-1]),
        *(pytest.param(name, True, marks=pytest.mark.long) for name in NAMES[1:]),
    ],
)
def test_its_code_is_loaded_when_it_comes_near_or_a_key_is_pressed(lab, name, key):
    requests = []
    page, figure = lab(name, ready=False, near=False, viewport={"width": 1280, "height": 300})
    page.on("request", lambda request: requests.append(request.url.rpartition("/")[2]))
    page.wait_for_load_state("networkidle")
    assert figure.evaluate("figure => !('mounted' in figure.dataset)")
    assert [each for each in requests if each.endswith(".js")] == []
    if key:
        page.keyboard.press("Tab")
    else:
        figure.scroll_into_view_if_needed()
    page.locator(f"#lab-{name}.live").wait_for()
    assert {"lab.js", "arithmetic.js", f"{name}.js"} <= set(requests)


# The numbers on the screen against the package


def test_momentum_measures_what_the_package_measures(lab):
    for query in ("", "?momentum.eta=0.6&momentum.beta=0.25&momentum.kappa=20", "?momentum.eta=4"):
        _, figure = lab("momentum", query)
        now, found = state(figure), shown(figure)
        steps = [now["eta"] / now["kappa"], now["eta"]]
        theory = max(momentum.radius(step, now["beta"]) for step in steps)
        assert found["theory"] == pytest.approx(theory, abs=1e-9)
        assert found["measured"] == pytest.approx(theory, abs=0.01)
        verdict = "diverges" if theory > 1 else "stable"
        assert verdict in figure.locator(".says").inner_text()
        path = momentum.heavy_ball(
            lambda w, k=now["kappa"]: w * [1 / k, 1], (-0.9, 0.9), now["eta"], now["beta"], 100
        )
        if theory < 1:
            assert found["end"] == pytest.approx(path[-1].tolist(), abs=1e-9)


@pytest.mark.parametrize("beta", [0, 0.3, 0.62])
def test_momentum_on_the_edge_of_stability_makes_no_progress(lab, beta):
    """η = 2 + 2β keeps an error of exactly 1, which rounding must not turn into a verdict."""
    _, figure = lab("momentum", f"?momentum.eta={2 + 2 * beta:.2f}&momentum.beta={beta}")
    assert shown(figure)["theory"] == pytest.approx(1, abs=1e-9)
    sentence = figure.locator(".says").inner_text()
    assert "makes no progress" in sentence and "diverges" not in sentence


def test_critical_points_tell_the_kind_that_the_package_tells(lab):
    import torch

    from trainingtips import surfaces
    from trainingtips.curvature import classify, hessian

    page, figure = lab("critical_points")
    for name in ("two_weights", "saddle", "bowl", "monkey_saddle"):
        figure.locator("select").select_option(name)
        for point in ((0.0, 0.0), (1.0, 1.0)):
            page.evaluate(
                """([x, y]) => { for (const [name, value] of [['w1', x], ['w2', y]]) {
                  const input = document.querySelector(`#critical_points-${name}`)
                  input.value = value
                  input.dispatchEvent(new Event('input', { bubbles: true }))
                } }""",
                list(point),
            )
            drawn(page)
            theta = torch.tensor(point, dtype=torch.float64)
            values = torch.linalg.eigvalsh(hessian(getattr(surfaces, name), theta))
            found = shown(figure)
            assert found["values"] == pytest.approx(values.tolist(), abs=1e-9)
            assert found["kind"] == classify(values, 1e-6)


@pytest.mark.parametrize("name", ["arithmetic", "chance", *NAMES])
def test_what_computes_touches_no_page(name):
    code = re.sub(r"//.*", "", (LABS / f"{name}.js").read_text())
    assert not re.search(r"\b(document|window|globalThis|location)\b", code)
    assert set(re.findall(r'from "(.*)"', code)) <= {"./arithmetic.js", "./chance.js"}
