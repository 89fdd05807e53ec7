"""What the builder imports before it forks changes no message and no picture."""


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
