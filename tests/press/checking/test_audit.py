"""The audit's three answers, from what pip-audit reports; no network."""

import json
import sys

import pytest

from trainingtips.press.checking import audit

CLEAN = {"name": "numpy", "version": "2.4.6", "vulns": []}
FAULTY = {
    "name": "pillow",
    "version": "9.0.0",
    "vulns": [{"id": "PYSEC-2023-175", "fix_versions": ["10.0.1"]}, {"id": "X-1"}],
}
SKIPPED = {"name": "torch", "skip_reason": "not found"}


def audited(out, err="", status=0):
    """(exit status, what is said) where pip-audit prints `out` and `err`."""
    code = f"import sys; print({out!r}); print({err!r}, file=sys.stderr); sys.exit({status})"
    said = []
    found = audit.main("requirements.lock", [sys.executable, "-c", code], said.append)
    return found, "\n".join(said)


def report(*packages):
    return json.dumps({"dependencies": packages, "fixes": []})


def test_nothing_found():
    found, said = audited(report(CLEAN))
    assert found == 0
    assert said == "requirements.lock: 1 packages checked, 0 with known vulnerabilities"


def test_what_is_found_is_listed_with_what_mends_it():
    found, said = audited(report(CLEAN, FAULTY), "Found 2 known vulnerabilities", 1)
    assert found == 1
    assert "pillow 9.0.0: PYSEC-2023-175, mended in 10.0.1" in said
    assert "X-1, mended in no version yet" in said
    assert "2 packages checked, 1 with" in said


@pytest.mark.parametrize(
    "err",
    [
        "requests.exceptions.ConnectionError: HTTPSConnectionPool: Max retries exceeded",
        "ERROR:pip_audit._cli:Could not connect to OSV's vulnerability feed",
        "socket.gaierror: Temporary failure in name resolution",
    ],
)
def test_a_database_that_cannot_be_reached_is_no_clean_answer(err):
    found, said = audited("", f"Traceback (most recent call last)\n{err}", 1)
    assert found == 3
    assert "not checked: the database of vulnerabilities cannot be reached" in said
    assert "\n" not in said


@pytest.mark.parametrize("out", ["", "[]", "{", "null", report(), report(CLEAN, SKIPPED)])
def test_a_report_that_says_too_little_is_no_clean_answer(out):
    found, said = audited(out)
    assert found == 3
    assert "not checked" in said


def test_pip_audit_is_not_there():
    said = []
    command = [sys.executable, "-m", "no_such_module"]
    assert audit.main("requirements.lock", command, said.append) == 3
    assert "pip-audit failed" in said[0]
