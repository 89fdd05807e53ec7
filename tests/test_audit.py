"""`make audit` and its three answers, from what pip-audit does; no network."""

import os
import shutil
import subprocess

import pytest

from tests.projects import ROOT

# each as pip-audit 2.10 does it; the table is a file that is there if it found something
CLEAN = "echo 'No known vulnerabilities found' >&2"
FOUND = """
echo 'Found 1 known vulnerability in 1 package' >&2
echo 'pillow 9.0.0 PYSEC-2023-175 10.0.1' > "$found"
exit 1
"""
UNREACHABLE = """
echo 'Traceback (most recent call last):' >&2
echo 'requests.exceptions.ConnectionError: Failed to resolve the host' >&2
exit 1
"""
STAND_IN = """#!/bin/sh
echo "$@" > asked
while [ $# -gt 0 ]; do [ "$1" = --output ] && found=$2; shift; done
{does}
"""


@pytest.fixture
def audited(tmp_path):
    """A function: (status of the recipe, what is said) where pip-audit does this; None: no such."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "build/audit/bin").mkdir(parents=True)
    (tmp_path / "requirements-audit.lock").touch()
    (tmp_path / "build/audit/ready").touch()

    def audited(does):
        program = tmp_path / "build/audit/bin/pip-audit"
        program.unlink(missing_ok=True)
        if does is not None:
            program.write_text(STAND_IN.replace("{does}", does))
            program.chmod(0o755)
        # where the tests are run by make: this one is not its child, which would say so
        env = {name: os.environ[name] for name in os.environ if not name.startswith("MAKE")}
        env["LC_ALL"] = "C"
        done = subprocess.run(
            ["make", "audit"], cwd=tmp_path, env=env, text=True, capture_output=True
        )
        status = int(done.stderr.rpartition("audit] Error ")[2]) if done.returncode else 0
        return status, done.stdout

    return audited


def test_nothing_found(audited, tmp_path):
    assert audited(CLEAN) == (0, "No known vulnerabilities found\n")
    asked = (tmp_path / "asked").read_text()
    assert "--requirement requirements.lock" in asked
    # a package that cannot be checked is no clean answer, and nothing is installed to find out
    assert all(option in asked.split() for option in ("--strict", "--no-deps", "--disable-pip"))


def test_what_is_found_is_listed_with_what_mends_it(audited):
    status, said = audited(FOUND)
    assert status == 1
    assert "Found 1 known" in said and "pillow 9.0.0 PYSEC-2023-175 10.0.1" in said


@pytest.mark.parametrize("does", [UNREACHABLE, "kill -9 $$", None])
def test_a_database_that_was_not_asked_is_no_answer(audited, does):
    audited(FOUND)  # what an earlier run found is not this one's
    status, said = audited(does)
    assert status == 3
    assert "requirements.lock: not checked" in said and "pillow" not in said
    assert "Traceback" not in said
    if does == UNREACHABLE:
        assert "Failed to resolve the host" in said
