"""`make audit`: the pinned dependencies against the database of known vulnerabilities.

pip-audit does the work, in an environment of its own (see Makefile). It ends with 1 both where it
finds something and where it finds out nothing, so its report decides:

    0   none of the pinned versions has a known vulnerability
    1   some have: each is listed, with the versions that mend it
    3   nothing is known: the database cannot be reached, or the report cannot be read

    build/audit/bin/python trainingtips/press/checking/audit.py requirements.lock
"""

import json
import subprocess
import sys

CLEAN, FOUND, UNKNOWN = 0, 1, 3
# the versions are pinned, so nothing is resolved or installed; OSV holds PyPI's advisories too
COMMAND = ["-m", "pip_audit", "--no-deps", "--disable-pip", "--vulnerability-service", "osv"]
COMMAND += ["--format", "json", "--progress-spinner", "off", "--timeout", "15"]


def main(lock, command=None, say=print):
    """Audit the versions in the file `lock`; returns the exit status. `command` is for tests."""
    command = command or [sys.executable, *COMMAND, "--requirement", lock]
    done = subprocess.run(command, capture_output=True, text=True)
    try:
        packages = json.loads(done.stdout)["dependencies"]
        checked = [package for package in packages if "vulns" in package]
        lines = [line for package in checked for line in _lines(package)]
    except (ValueError, KeyError, TypeError):
        say(f"{lock}: not checked: {_reason(done.stderr)}")
        return UNKNOWN
    if not checked or len(checked) < len(packages):
        left = [package.get("name") for package in packages if "vulns" not in package]
        say(f"{lock}: not checked: {', '.join(map(str, left)) or 'it names no package'}")
        return UNKNOWN
    for line in lines:
        say(line)
    count = sum(bool(package["vulns"]) for package in checked)
    say(f"{lock}: {len(checked)} packages checked, {count} with known vulnerabilities")
    return FOUND if count else CLEAN


def _lines(package):
    for each in package["vulns"]:
        mended = ", ".join(each.get("fix_versions") or ["no version yet"])
        yield f"{package['name']} {package['version']}: {each['id']}, mended in {mended}"


def _reason(err):
    lines = [line for line in err.splitlines() if line.strip()]
    last = lines[-1].strip() if lines else "pip-audit said nothing"
    unreachable = ("onnect", "resol", "imeout", "timed out", "Max retries", "Proxy")
    if any(word in err for word in unreachable):
        return f"the database of vulnerabilities cannot be reached ({last[:200]})"
    return f"pip-audit failed ({last[:200]})"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
