"""Versions of installed packages, found without importing them or importlib.metadata (slow)."""

import contextlib
import os
import sys


def distribution(package):
    """Name of the package's folder of metadata, `numpy-2.4.6.dist-info`; None without one."""
    start = package.replace("-", "_").lower() + "-"
    return next((name for name in _distributions() if name.lower().startswith(start)), None)


def installed(package):
    """Version of the package that is installed here, or None."""
    found = distribution(package)
    return found and found.removesuffix(".dist-info").partition("-")[2]


def release(version):
    """The first two numbers of a version, which a patch or a build's tag leaves as they are.

    >>> release("2.13.0+cpu"), release("2.13.1")
    ('2.13', '2.13')
    """
    return ".".join(version.partition("+")[0].split(".")[:2])


def plain(version):
    """A version without its build's tag, which changes no code.

    >>> plain("2.13.0+cpu")
    '2.13.0'
    """
    return version.partition("+")[0]


def told(old, new):
    """Two versions of one package as short as they differ.

    >>> told("2.13.0", "2.14.1+cpu"), told("2.13.0", "2.13.1")
    (('2.13', '2.14'), ('2.13.0', '2.13.1'))
    """
    short = release(old), release(new)
    return short if short[0] != short[1] else (plain(old), plain(new))


def step(old, new):
    """From one version to another, as short as it can be told.

    >>> step("3.10.9", "3.11.0"), step("3.10.8", "3.10.9")
    ('3.10 → 3.11', '3.10.8 → 3.10.9')
    """
    short = release(old), release(new)
    return " → ".join(short if short[0] != short[1] else (old, new))


def all_installed():
    """Sorted names of the installed distributions' folders, with their versions."""
    return sorted(set(_distributions()))


def _distributions():
    """Names of those folders, in the order in which Python looks for packages."""
    for folder in filter(None, sys.path):  # importlib.metadata takes ten times as long
        with contextlib.suppress(OSError):
            yield from (name for name in os.listdir(folder) if name.endswith(".dist-info"))
