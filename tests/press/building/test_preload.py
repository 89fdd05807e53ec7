"""What the builder imports before it forks changes no message and no picture."""

import subprocess
import sys

from tests.projects import ROOT


def test_a_library_that_is_not_there_is_told_by_its_script_alone(built):
    built.replace("figures/demo/b.py", "import numpy", "import nowhere\nimport numpy")
    built.replace("figures/demo/a.py", '"blue"', '"red"')
    built.replace("figures/demo/b.py", '"blue"', '"green"')
    output = built.build(status=1)
    assert "No module named 'nowhere'" in output
    assert "✓ demo/a" in output


def test_pictures_do_not_depend_on_what_else_is_drawn(built):
    together = built.hashes()
    for path in (built.root / "build/figures").rglob("*.svg"):
        path.unlink()
    built.build("demo/b", "--jobs", "1")
    built.build("demo/a", "--jobs", "2")
    assert built.hashes() == together


def test_what_every_optimiser_needs_is_imported_before_the_fork():
    """It was not, for a while: a linter had taken the import for an unused one."""
    code = (
        "import sys; from trainingtips.press.base import pins;"
        "from trainingtips.press.building import workers; pins.pin();"
        "workers.preload({'torch'}); before = set(sys.modules); import torch;"
        "torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1);"
        "print(len(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 10
