"""The package itself: cheap to import, its submodules found by name."""

import importlib.util
import subprocess
import sys

import pytest

import trainingtips

HEAVY = "{'numpy', 'scipy', 'torch', 'matplotlib', 'sklearn'}"


@pytest.mark.parametrize("name", ["trainingtips", "trainingtips.statistics"])
def test_importing_it_imports_nothing_heavy(name):
    code = f"import sys, {name}; print({HEAVY} & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"


def test_submodules_are_found_without_importing_them():
    code = "import trainingtips; print(trainingtips.statistics.Measured(1, 0, 2, 3).low)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "0"
    assert {"ensemble", "statistics", "__version__"} <= set(dir(trainingtips))


def test_the_table_of_contents_is_complete():
    for name in trainingtips.__all__:
        assert f"`{name}`" in trainingtips.__doc__
        assert importlib.util.find_spec(f"trainingtips.{name}"), f"no module {name}"


def test_an_unknown_name_lists_the_known():
    with pytest.raises(AttributeError, match=r"'stats'.*statistics"):
        trainingtips.stats  # noqa: B018
