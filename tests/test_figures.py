"""Every figure's claim on its kept result, and that the kept result is today's."""

from pathlib import Path

import pytest

from trainingtips.press.building import figure
from trainingtips.press.building.plan import Plan
from trainingtips.press.checking import compare, settings
from trainingtips.press.kept import claims, results, scripts

ROOT = Path(__file__).parents[1]
CLAIM_ALONE = set()  # a result of which nothing but its claim could be compared: none
NAMES = scripts.find_names(ROOT)


@pytest.fixture(scope="module")
def plan():
    return Plan(ROOT)


@pytest.mark.parametrize("name", NAMES)
def test_claim_holds_on_the_kept_result(name, plan):
    assert name not in plan.broken, plan.broken.get(name)
    state = plan.states[name]
    kept = results.read(ROOT / state.script.result_path)
    assert state.script.hardware or kept.key == state.result_key, "stale: run make figures"
    assert kept.verdict == state.script.verdict
    if not state.script.shared:
        script = state.script
        claims.check(figure.load(ROOT, script), script.claim, kept.result, script.illustration)


@pytest.mark.parametrize("name", [n for n in NAMES if not n.partition("/")[2].startswith("_")])
def test_something_besides_the_claim_is_compared_on_another_processor(name):
    script = scripts.read_script(ROOT, name)
    rule = compare.Rule(("processor",), scripts.chaos(ROOT, script), script.illustration)
    kept = results.read(ROOT / script.result_path)
    assert script.hardware or bool(compare.compared(kept.plain, rule)) != (name in CLAIM_ALONE)


@pytest.mark.parametrize("name", NAMES)
def test_no_key_takes_in_all_modules(name, plan):
    """One word of reflection (`dir`, `locals`) below compute(), and any edit would lapse it."""
    code = plan.project.walk(scripts.read_script(ROOT, name).module, "compute", [])
    assert not code.everything


def test_every_result_has_a_script():
    kept = {
        path.relative_to(ROOT / "results").with_suffix("").as_posix()
        for path in (ROOT / "results").glob("*/*.json")
    }
    assert kept - settings.own_results(ROOT) == set(NAMES)
