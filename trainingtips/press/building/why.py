"""Why a figure is stale, in words: which part of what it is made from is not as it was.

The parts of today are compared with the fingerprint of those that it was last built from. Where
that is not known, as in a fresh clone, only what the kept result and the record tell is said. All
of this is worked out for what is stale alone.
"""

from trainingtips.press.base import versions
from trainingtips.press.base.errors import ResultError
from trainingtips.press.building.plan import FOLDER, file_hash
from trainingtips.press.kept import fingerprints, keys, results, seals

NAMED = 3  # reasons that are told one by one


def remember(plan, built=()):
    """Keep the fingerprints of all that is fresh in `plan`, and of those `built` since."""
    known = fingerprints.read(plan.root)
    kept = {name: each for name, each in known.items() if name in plan.names}
    for name, state in plan.states.items():
        if (state.fresh or name in built) and not _is_of(kept.get(name), state):
            kept[name] = _taken(plan, state)
    if kept != known:
        fingerprints.write(plan.root, kept)


def _is_of(found, state):
    keys_now = {"result_key": state.result_key, "picture_key": state.picture_key}
    return found is not None and found.items() >= keys_now.items()


def _taken(plan, state):
    reached, drawn = (plan.walks.walk(state.script, each).parts() for each in (False, True))
    return fingerprints.taken(state, reached, drawn, _style(plan))


def _style(plan):
    return {
        "house": keys.digest(plan.sheets)[: fingerprints.SHORT],
        "matplotlib": versions.installed("matplotlib") or "none",
    }


class Reasons:
    """Why the figures of a `Plan` are stale; the `forced` ones are computed in any case."""

    def __init__(self, plan, forced=()):
        self.plan, self.forced = plan, forced
        self.known = fingerprints.read(plan.root)
        self._anew, self._kept, self._today = {}, {}, {}

    def told(self, name, short=False):
        """The reasons in one line, "" where it is fresh; `short` leaves out what a build shows."""
        state = self.plan.states[name]
        if state.fresh and name not in self.forced:
            return ""
        anew = self.anew(name)
        text = _listed(anew or self.again(name))
        if anew:
            steps = [
                f"{package} {old} → {new}" for package, old, new in self.plan.other_versions(name)
            ]
            return f"{text}; also {', '.join(steps)}" if steps else text
        if short or isinstance(self.kept(name), ResultError):  # the build refuses that one
            return text
        return f"{text}; {'its result stays' if state.script.shared else 'only drawn again'}"

    def remark(self, name):
        """What another version of a library has to do with the kept result; often ""."""
        steps = [
            f"{package} {old}, here {new}" for package, old, new in self.plan.other_versions(name)
        ]
        return f"kept with {'; '.join(steps)}" if steps else ""

    def anew(self, name):
        """Why the result of that figure is computed anew; empty where it stays."""
        if name not in self._anew:
            self._anew[name] = list(self._computed(self.plan.states[name]))
        return self._anew[name]

    def kept(self, name):
        """The kept result, or the ResultError that says why there is none."""
        if name not in self._kept:
            try:
                self._kept[name] = results.kept(self.plan.root, name)
            except ResultError as error:
                self._kept[name] = error
        return self._kept[name]

    def _computed(self, state):
        script = state.script
        if script.name in self.forced:
            yield "forced"
            return
        if state.result_hash is None:
            yield f"{script.result_path} deleted" if state.record else "no result kept yet"
            return
        kept = self.kept(script.name)
        if isinstance(kept, ResultError):
            return
        if not self.plan.book.has(script.name) and not script.hardware:
            there = f"is not the one in {seals.PATH}"
            yield f"{script.result_path} {there if seals.of(self._path(script)) else 'has no seal'}"
            return
        above = [need for need in dict.fromkeys(state.needs.values()) if self.anew(need)]
        yield from (f"its need {need} is computed anew" for need in above)
        if script.hardware or kept.key == state.result_key:
            return
        then = self.known.get(script.name, {})
        if then.get("result_key") == kept.key:
            yield from self._parts_of_result(then, script.name, above)
        elif not above:
            yield "what compute() reaches has changed since the result was kept"

    def _path(self, script):
        return self.plan.root / script.result_path

    def _parts_of_result(self, then, name, above):
        now = self.today(name)
        found = [f"INPUTS {each}" for each in _differences(then["inputs"], now["inputs"])]
        for need in now["needs"]:
            if (
                need not in above
                and then["needs"].get(need, now["needs"][need]) != now["needs"][need]
            ):
                found.append(f"its need {need} has other numbers")
        found += _differences(then["compute"], now["compute"])
        return found if found or above else ["how keys are made has changed"]

    def again(self, name):
        """Why the figure is built again with the result that it has."""
        return list(self._drawn(self.plan.states[name])) or ["it was built from something else"]

    def _drawn(self, state):
        script, record = state.script, state.record
        kept = self.kept(script.name)
        if isinstance(kept, results.AlteredResult):
            yield f"{script.result_path} altered by hand: its {kept.what}"
        elif isinstance(kept, ResultError):
            yield f"{script.result_path} is no kept result"
        elif not self.plan.book.has(script.name):
            yield f"{script.result_path} is not the record in {seals.PATH}"
        elif not record:
            yield "new: never built here"
        else:
            yield from self._since(state, record)

    def _since(self, state, record):
        """What is not as the record has it."""
        script = state.script
        if record["result_hash"] != state.result_hash:
            yield f"{script.result_path} replaced"
        if record["picture_key"] != state.picture_key:
            then = self.known.get(script.name, {})
            if then.get("picture_key") == record["picture_key"]:
                yield from self._parts_of_picture(then, self.today(script.name))
            else:
                yield "what the script reaches has changed"
        for name, picture in record["pictures"].items():
            path = f"{FOLDER}/{script.section}/{name}"
            found = file_hash(self.plan.root / path)
            if found != picture["sha256"]:
                yield f"{path} {'altered by hand' if found else 'deleted'}"

    def _parts_of_picture(self, then, now):
        found = _differences(then["compute"] | then["draw"], now["compute"] | now["draw"])
        house, library = (
            (then["style"].get(each, "none"), now["style"][each])
            for each in ("house", "matplotlib")
        )
        if house[0] != house[1]:
            found.append("the house style changed")
        if library[0] != library[1]:
            found.append(f"matplotlib {versions.step(*library)}")
        return found or ["how pictures are made has changed"]

    def today(self, name):
        """The fingerprint of what that figure is made from now."""
        if name not in self._today:
            state = self.plan.states[name]
            self._today[name] = _taken(self.plan, state)
        return self._today[name]


def _differences(then, now):
    """What was changed, added and removed from {name: hash} to {name: hash}, in words."""
    other = {name for name in now.keys() & then.keys() if now[name] != then[name]}
    # what has a default only ever changes
    bare = {name for name in now.keys() ^ then.keys() if _is_bare(name)}
    kinds = {
        "changed": other | bare,
        "added": now.keys() - then.keys() - bare,
        "removed": then.keys() - now.keys() - bare,
    }
    return [f"{name} {kind}" for kind, names in kinds.items() for name in sorted(names)]


def _is_bare(name):
    return name in fingerprints.BARE or name.startswith(f"{fingerprints.IMPORTS} of ")


def _listed(reasons):
    more = len(reasons) - NAMED
    named = ", ".join(reasons[:NAMED])
    return f"{named} and {more} more" if more > 0 else named
