"""What no key can cover is refused with the script's line; what libraries do is left alone."""

import tempfile

import pytest

from tests.staleness import truth

SCRIPT = '''"""Counts."""

from lab import thing

ALT = "A point."
INPUTS = ["input.txt"]


def compute():
    return {"v": thing.value()}


def claim(result):
    assert result["v"] is not None, "there is a value"


def draw(result, figure):
    figure.subplots().plot([1, 2])
'''
BODY = "import {}\n\n\ndef value():\n    return {}\n"
CODE = "lab/thing.py"  # where the fault is: a script itself is read for chance before
REFUSED = {
    "time": ("time.time()", "reads the clock, time.time()"),
    "time as t": ("t.localtime().tm_sec", "reads the clock, time.localtime()"),
    "datetime": ("datetime.datetime.now().second", "comes to datetime.datetime.now"),
    "os": ("len(os.environ.get('HOME', ''))", "reads the environment variable HOME"),
    "os as o": ("len(o.environ)", "reads environment variables"),
    "os as s": ("len(s.listdir('.'))", "lists the folder ."),
    "os as d": ("d.urandom(1)[0]", "draws at random without a seed"),
    "os as e": ("e.system('true')", "starts another program"),
    "io": ("io.open('data.txt').read()", "reads data.txt, which its key does not cover"),
    "random": ("random.Random().random()", "draws at random without a seed"),
    "uuid": ("uuid.uuid4().int % 7", "comes to uuid.uuid4"),
    "numpy": ("numpy.random.default_rng().random()", "draws at random without a seed"),
    "socket": ("socket.create_connection(('127.0.0.1', 9))", "uses the network"),
}
# by other doors: (what is imported, the value, what is told)
ASIDE = [
    ("os", "os.path.expandvars('$HOME')", "reads the environment variable HOME"),
    ("os, collections", "collections.ChainMap(os.environ)['HOME']", "environment variable HOME"),
    ("os", "[open('data.txt', 'a').close(), open('data.txt').read()]", "reads data.txt"),
    ("os", "[os.link('data.txt', 'x.txt'), open('x.txt').read()]", "reads x.txt"),
    (
        "os",
        "[open('x.txt', 'w').close(), os.remove('x.txt'), os.link('data.txt', 'x.txt'), "
        "open('x.txt').read()]",
        "reads x.txt",
    ),
    ("time", "time.clock_gettime(0)", "reads the clock, time.clock_gettime()"),
    ("os", "os.times().elapsed", "comes to os.times"),
    ("os", "os.cpu_count()", "comes to os.cpu_count"),
    ("platform", "platform.node()", "comes to platform.node"),
    ("sys", "len(sys.argv)", "comes to sys.argv"),
]
POOL = "import concurrent.futures as c, os, pathlib, time\n\n\ndef value():\n    return {}\n"
POOLED = {
    "time.perf_counter": "reads the clock, time.perf_counter()",
    "os.environ.get, 'HOME'": "reads the environment variable HOME",
    "pathlib.Path({outside!r}).read_text": "outside of the project",
}
LEFT_ALONE = {
    "time": "time.strftime('%Y', time.gmtime(0))",
    "random": "random.Random(3).random()",
    "numpy": "numpy.random.default_rng(3).random()",
    "numpy as n": "n.random.normal()",  # the global one is given a seed
    "os": "os.environ['OMP_NUM_THREADS']",
    "os as o": "o.environ.__setitem__('ITS_OWN', '1') or o.environ['ITS_OWN']",
    "tempfile": "tempfile.mkstemp()[0] > 0",
    "pathlib": "pathlib.Path('input.txt').read_text()",
}


def script(root, name, value):
    for path, text in {
        "figures/demo/s.py": SCRIPT,
        "lab/__init__.py": "",
        CODE: BODY.format(name, value),
        "data.txt": "1",
        "input.txt": "1",
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_with_the_line(tmp_path, name):
    value, told = REFUSED[name]
    script(tmp_path, name, value)
    _, kind, message = truth.built(tmp_path)
    assert kind == "refused" and told in message
    assert message.startswith((f"{CODE}:", "figures/demo/s.py:"))


@pytest.mark.parametrize("name, value, told", ASIDE)
def test_by_another_door_it_is_refused_too(tmp_path, name, value, told):
    script(tmp_path, name, value)
    _, kind, message = truth.built(tmp_path)
    assert kind == "refused" and told in message, message


@pytest.mark.parametrize("given", POOLED)
def test_a_pools_thread_hides_nothing(tmp_path, given, monkeypatch):
    root, outside = tmp_path / "project", tmp_path / "outside.txt"
    outside.write_text("1")
    # a new file among temporary ones would be taken for one's own
    monkeypatch.setenv("TMPDIR", str(root))
    monkeypatch.setattr(tempfile, "tempdir", str(root))
    script(root, "time", "0")
    call = f"c.ThreadPoolExecutor(1).submit({given.format(outside=str(outside))}).result()"
    (root / CODE).write_text(POOL.format(call))
    _, kind, message = truth.built(root)
    assert kind == "refused" and POOLED[given] in message, message


def test_a_hidden_file_of_the_home_is_no_input(tmp_path, monkeypatch):
    home, root = tmp_path / "home", tmp_path / "project"
    home.mkdir()
    (home / ".rate").write_text("1")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("TMPDIR", str(root))
    monkeypatch.setattr(tempfile, "tempdir", str(root))
    script(root, "pathlib", f"pathlib.Path({str(home / '.rate')!r}).read_text()")
    _, kind, message = truth.built(root)
    assert kind == "refused" and "outside of the project" in message, message


def test_what_was_written_and_renamed_may_be_read(tmp_path):
    done = "open('a.txt', 'w').close(), os.rename('a.txt', 'b.txt'), open('b.txt').read()"
    script(tmp_path, "os", f"[{done}][-1]")
    _, kind, message = truth.built(tmp_path)
    assert kind == "value", message


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_it_is_left_alone(tmp_path, name):
    script(tmp_path, name, LEFT_ALONE[name])
    _, kind, message = truth.built(tmp_path)
    assert kind == "value", message


def test_a_refusal_that_is_caught_is_a_refusal(tmp_path):
    script(tmp_path, "time", "later()")
    path = tmp_path / CODE
    caught = "def later():\n    try:\n        return time.time()\n    except Exception:\n"
    path.write_text(
        path.read_text().replace("def value", f"{caught}        return 0\n\n\ndef value")
    )
    _, kind, message = truth.built(tmp_path)
    assert kind == "refused" and "reads the clock" in message


def test_a_record_of_a_machine_may_look_at_the_clock(tmp_path):
    script(tmp_path, "time", "time.time() > 0")
    path = tmp_path / "figures/demo/s.py"
    path.write_text(path.read_text().replace("ALT =", "HARDWARE = True\nALT ="))
    assert truth.built(tmp_path)[1] == "value"


def test_an_input_that_changes_while_it_is_read(tmp_path):
    """Also where its text is the same again afterwards."""
    script(tmp_path, "pathlib", "(pathlib.Path('input.txt').write_text('2'), again())")
    path = tmp_path / CODE
    again = "def again():\n    return pathlib.Path('input.txt').write_text('1')\n\n\n"
    path.write_text(path.read_text().replace("def value", f"{again}def value"))
    _, kind, message = truth.built(tmp_path)
    assert kind == "failed" and "its INPUTS changed while it was computed" in message
