"""A new script keeps the contract, whatever its name, and nothing is overwritten."""

import pytest

from trainingtips.press.base.errors import UsageError
from trainingtips.press.kept import new, scripts


def test_a_new_figure_keeps_the_contract(tmp_path):
    path = new.write(tmp_path, "demo/coins")
    assert path.as_posix() == "figures/demo/coins.py"
    script = scripts.read_script(tmp_path, "demo/coins")
    assert not script.shared and script.alt and script.number and script.verdict == "holds"


def test_a_new_shared_experiment_has_a_compute_alone(tmp_path):
    new.write(tmp_path, "demo/_runs")
    script = scripts.read_script(tmp_path, "demo/_runs")
    assert script.shared and "def claim" not in (tmp_path / script.path).read_text()


def test_what_the_template_says_of_optional_lines_can_be_read(tmp_path):
    path = tmp_path / new.write(tmp_path, "demo/coins")
    text = path.read_text()
    for line in ("VERDICT", "HARDWARE", "CHAOS"):
        assert f"# {line} = " in text
        text = text.replace(f"# {line} = ", f"{line} = ")
    path.write_text(text)
    script = scripts.read_script(tmp_path, "demo/coins")
    assert (script.verdict, script.hardware, script.chaos) == ("regime", True, "why")


@pytest.mark.parametrize(
    "name",
    ["coins", "demo/", "/coins", "../coins", "demo/Coins", "demo/a-b", "a/b/c", "demo/a.py", ""],
)
def test_a_name_that_is_none_writes_nothing(tmp_path, name):
    with pytest.raises(UsageError, match="is not a figure's name; it is section/name"):
        new.write(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_taken_is_left_alone(tmp_path):
    path = tmp_path / new.write(tmp_path, "demo/coins")
    path.write_text("mine")
    with pytest.raises(UsageError, match=r"figures/demo/coins\.py exists already"):
        new.write(tmp_path, "demo/coins")
    assert path.read_text() == "mine"


def test_a_folder_that_leads_out_of_the_project_is_refused(tmp_path):
    root, outside = tmp_path / "project", tmp_path / "outside"
    (root / "figures").mkdir(parents=True)
    outside.mkdir()
    (root / "figures/demo").symlink_to(outside)
    with pytest.raises(UsageError, match="a link that leads out of the project"):
        new.write(root, "demo/coins")
    assert list(outside.iterdir()) == []
