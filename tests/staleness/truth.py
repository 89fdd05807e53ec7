"""What a project's script finds: by plain Python, which is the truth, and by the builder.

Each in a process forked for it, which ends with it; nothing is drawn. A name such as `demo/s@one`
is the script on one of its SETTINGS: what it finds there, and whether its claim holds.
"""

import json
import multiprocessing
import os
import signal
import sys
import traceback
from pathlib import Path

from trainingtips.press.base.errors import UserError
from trainingtips.press.building import figure
from trainingtips.press.building.plan import Plan
from trainingtips.press.checking import repeat, settings
from trainingtips.press.kept import results

SECONDS = 10  # of the processor's time: an edit may make a loop endless


def forked(function, *arguments):
    """What the function returns in a process of its own; None where that has ended otherwise."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(sender, function, arguments))
    process.start()
    sender.close()
    try:
        return receiver.recv()
    except EOFError:
        return None
    finally:
        process.join()
        receiver.close()


def _child(sender, function, arguments):
    signal.setitimer(signal.ITIMER_PROF, SECONDS)  # ends the process, if nothing else does
    sys.dont_write_bytecode = True
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    sender.send(function(*arguments))
    os._exit(0)


def plain(root, name="demo/s", **environment):
    """("value", JSON of the result) or ("error", its kind), without the builder.

    None where that takes too long.
    """
    return forked(_plain, Path(root), name, environment)


def _plain(root, name, environment):
    os.environ.update(environment)
    for each in [n for n in sys.modules if n.partition(".")[0] in ("trainingtips", "figures")]:
        del sys.modules[each]
    sys.path.insert(0, str(root))
    sys.path_importer_cache.clear()
    os.chdir(root)
    figure._seed()
    name, _, setting = name.partition("@")
    try:
        module = __import__("figures." + name.replace("/", "."), fromlist=["compute"])
        figure._seed()
        if not setting:
            return "value", json.dumps(results.encode(module.compute()))
        given = results.decode(results.encode(module.SETTINGS[setting]))
        found = results.encode(module.compute(setting=given))
        return "value", json.dumps([found, _holds(module, found)])
    except Exception as error:
        return "error", type(error).__name__


def _holds(module, found):
    try:
        module.claim(results.decode(found))
    except AssertionError:
        return False
    return True


def built(root, name="demo/s"):
    """(key, "value", JSON) or (key, "refused" or "failed", message), as the builder does it.

    None where that takes too long.
    """
    found = forked(_built, Path(root), name)
    if "@" not in name or found is None or found[1] != "value":
        return found
    kind, holds = forked(_judged, Path(root), name, found[2]) or ("failed", "")
    return found[0], kind, f"[{found[2]}, {json.dumps(holds)}]" if kind == "value" else holds


def _built(root, name):
    os.chdir(root)
    plan = Plan(root)
    try:
        state = _state(plan, name)
    except UserError as error:
        return f"broken: {error}", "refused", str(error)
    key = _key(plan, state)
    try:
        return key, "value", json.dumps(_computed(root, plan, state).kept.plain)
    except figure.FigureFailed as error:
        kind = "refused" if "compute() " in str(error) else "failed"
        return key, kind, str(error)
    except Exception:
        return key, "failed", traceback.format_exc()


def _computed(root, plan, state):
    return figure.compute(root, state.script, _task(plan, state))


def _task(plan, state):
    setting = state.script.name.partition("@")[2]
    return figure.Task(
        state.result_key,
        {"setting": state.script.settings[setting]} if setting else {},
        frozenset(),
        modules=plan.modules(state.script),
        inputs=state.made["inputs"],
    )


def _judged(root, name, found):
    """("value", whether the claim holds), or ("failed", why that is not known)."""
    plan = Plan(root)
    state = _state(plan, name)
    kept = results.Kept(state.result_key, "holds", 0.0, {}, json.loads(found), name)
    failure = repeat.judge(root, state.script, _task(plan, state), kept).failure
    known = not failure or failure.startswith(repeat.REFUSED)
    return ("value", not failure) if known else ("failed", failure)


def key(root, name="demo/s"):
    """The script's key, on a setting with its claim's; what is wrong where it has none."""
    plan = Plan(Path(root))
    try:
        return _key(plan, _state(plan, name))
    except UserError as error:
        return f"broken: {error}"


def _key(plan, state):
    """Of what is compared: on a setting, the claim's verdict too."""
    return settings.key(plan, state) if "@" in state.script.name else state.result_key


def _state(plan, name):
    """The `State` of that script, on that setting. Raises UserError where there is none."""
    name, _, setting = name.partition("@")
    if name in plan.broken:
        raise UserError(plan.broken[name])
    script = plan.states[name].script
    if not setting:
        return plan.states[name]
    if setting not in settings.tried(script):
        raise UserError(f"{script.path}: it is not tried on {setting!r}")
    return settings.state(plan, script, setting)


def inputs(root, name="demo/s"):
    """The files that the script names, relative to the root."""
    return list(_state(Plan(Path(root)), name).script.inputs)
