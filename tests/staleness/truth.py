"""What a project's script finds: by plain Python, which is the truth, and by the builder.

Each in a process forked for it, which ends with it; nothing is drawn.
"""

import json
import multiprocessing
import os
import signal
import sys
import traceback
from pathlib import Path

from trainingtips.press.building import figure
from trainingtips.press.building.plan import Plan
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
    try:
        module = __import__("figures." + name.replace("/", "."), fromlist=["compute"])
        figure._seed()
        return "value", json.dumps(results.encode(module.compute()))
    except Exception as error:
        return "error", type(error).__name__


def built(root, name="demo/s"):
    """(key, "value", JSON) or (key, "refused" or "failed", message), as the builder does it.

    None where that takes too long.
    """
    return forked(_built, Path(root), name)


def _built(root, name):
    os.chdir(root)
    plan = Plan(root)
    if name in plan.broken:
        return _broken(plan, name), "refused", plan.broken[name]
    state = plan.states[name]
    try:
        return state.result_key, "value", json.dumps(_computed(root, plan, state).kept.plain)
    except figure.FigureFailed as error:
        kind = "refused" if "compute() " in str(error) else "failed"
        return state.result_key, kind, str(error)
    except Exception:
        return state.result_key, "failed", traceback.format_exc()


def _computed(root, plan, state):
    task = figure.Task(
        state.result_key,
        {},
        frozenset(),
        modules=plan.modules(state.script),
        inputs=state.made["inputs"],
    )
    return figure.compute(root, state.script, task)


def key(root, name="demo/s"):
    """The script's key; what is wrong where it has none."""
    plan = Plan(Path(root))
    return plan.states[name].result_key if name in plan.states else _broken(plan, name)


def _broken(plan, name):
    return f"broken: {plan.broken[name]}"
