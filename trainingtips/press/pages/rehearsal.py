"""A lab's JavaScript, run before it is published: what would fail on the page fails the build.

In an engine without a page, `run`, `draw` and `say` of docs/labs/NAME.js are called as lab.js calls
them: for the default state, for each control at its ends or options, and after each button. A pen
draws nothing, but reads what it is given as lab.js does. A lab that runs for ever, or takes all
memory, ends with a sentence too.

Modules are put one after the other into one script, since the engine loads none: a lab imports from
other modules of docs/labs. One that asks for something only a browser has is left to the tests.
"""

import json
import re
from pathlib import Path

from trainingtips.press.base import limits
from trainingtips.press.base.errors import UserError

SECONDS = limits.Setting("TRAININGTIPS_LAB_SECONDS", 60, "s")
MEMORY = limits.Setting("TRAININGTIPS_LAB_MEMORY", 2, "GiB")

_IMPORT = re.compile(
    r"^import\s*\{(?P<names>[^}]*)\}\s*from\s*[\"']\./(?P<module>\w+)\.js[\"'];?", re.M
)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|const|let|class)\s+(\w+))", re.M)
_PLACE = re.compile(r"<input>:(\d+)")
# what a page has and this engine lacks
_BROWSER = re.compile(
    r"'(document|window|self|navigator|location|performance|matchMedia|requestAnimationFrame|"
    r"setTimeout|console|history|Path2D|OffscreenCanvas|crypto|Intl|URL\w*|structuredClone|"
    r"getComputedStyle|\w+Element)' is not defined"
)
# what browsers have had for years, and the engine is older than
_NEWER = """
for (const [kind, methods] of [[Array, {
  findLast(test) { return this.slice().reverse().find(test); },
  findLastIndex(test) {
    for (let k = this.length; k--;) if (test(this[k], k, this)) return k;
    return -1;
  },
  toReversed() { return this.slice().reverse(); },
  toSorted(order) { return this.slice().sort(order); },
  toSpliced(...change) { const all = this.slice(); all.splice(...change); return all; },
  with(k, value) { const all = this.slice(); all[k < 0 ? k + all.length : k] = value; return all; },
}], [String, {}], [Float64Array, {}], [Float32Array, {}], [Int32Array, {}], [Uint8Array, {}]]) {
  const all = { ...methods, at(k) { return this[k < 0 ? k + this.length : k]; } };
  for (const [name, value] of Object.entries(all))
    if (!kind.prototype[name]) Object.defineProperty(kind.prototype, name, { value });
}
Object.hasOwn ??= (thing, name) => Object.prototype.hasOwnProperty.call(thing, name);
Object.groupBy ??= (all, of) => {
  const found = {};
  for (const each of all) (found[of(each)] ??= []).push(each);
  return found;
};
"""
_PENS = """
const pens = (panels) => panels.map((panel) => ({
  ...panel, scale: 1,
  colour: (name) => String(name),
  at: (point) => [point[0], point[1]],
  paint(trace) { trace(new Proxy({}, { get: () => () => {}, set: () => true })); },
  lines(paths) { for (const points of paths) for (const point of points) this.at(point); },
  line(points) { this.lines([points]); },
  dots(points) { for (const point of points) this.at(point); },
  arrow(from, to) { this.at(from); this.at(to); },
  text(words, point) { this.at(point); },
}));
const shown = (state, given, panels) => {
  const result = lab.run(state, given);
  lab.draw(pens(panels), result, state);
  const sentence = lab.say(result, state);
  if (typeof sentence !== "string") throw new TypeError("say() gives no sentence");
};
const pressed = (name, state, given) => {
  if (typeof lab.press?.[name] !== "function") throw new TypeError(`there is no press.${name}`);
  return JSON.stringify(lab.press[name](state, given) ?? {});
};
"""


def check(docs, lab):
    """Raise UserError where a state of `lab` fails."""
    import quickjs

    engine = quickjs.Context()
    engine.set_time_limit(SECONDS.value())
    engine.set_memory_limit(int(MEMORY.value() * 2**30))
    source = _Source(Path(docs) / "labs", lab.name)
    panels = [{"size": p.size, "frame": p.frame, "view": [*p.x, *p.y]} for p in lab.panels]
    given, state = json.dumps(lab.given), lab.state
    try:
        engine.eval(_NEWER)
        engine.eval(source.text + _PENS)
        engine.eval(f"const given = {given}, panels = {json.dumps(panels)}")
        for state in _states(lab):
            engine.eval(f"shown({json.dumps(state)}, given, panels)")
        for control in lab.controls:
            if control.name not in lab.state:
                state = lab.state
                asked = f"pressed({json.dumps(control.name)}, {json.dumps(state)}, given)"
                state = _after(lab, json.loads(engine.eval(asked)))
                engine.eval(f"shown({json.dumps(state)}, given, panels)")
    except quickjs.JSException as error:
        told, _, trace = str(error).partition("\n")
        if _BROWSER.search(told):
            return
        place = source.place(trace) or f"docs/labs/{lab.name}.js"
        if "interrupted" in told:
            told = f"it ran for more than {SECONDS}"
        elif "out of memory" in told or told.strip() == "null":
            told = f"it took more than {MEMORY}"
        raise UserError(f"{place}: {told}, with {_with(state)}") from None


def _states(lab):
    """The default state, then those with one control at an end of its range, or another option."""
    yield lab.state
    for control in lab.controls:
        if hasattr(control, "options"):
            values = list(control.options)[1:]
        else:
            values = [control.low, control.high] if hasattr(control, "low") else []
        yield from (lab.state | {control.name: value} for value in values)


def _after(lab, changes):
    """The state after a button, whose values are brought into their ranges as lab.js does."""
    state = lab.state
    for control in lab.controls:
        value = changes.get(control.name) if control.name in state else None
        if hasattr(control, "options"):
            state[control.name] = value if value in control.options else control.value
        elif isinstance(value, int | float):
            low, high = getattr(control, "low", value), getattr(control, "high", value)
            state[control.name] = min(max(value, low), high)
    return state


def _with(state):
    text = ", ".join(f"{name} = {value}" for name, value in state.items())
    return text if len(text) < 200 else f"{text[:200]}…"


class _Source:
    """The module of a lab and those that it imports, in one script; lines keep their files."""

    def __init__(self, folder, name):
        self.folder, self.parts, self.lines, self.known = folder, [], [], set()
        self._add(name)
        self.text = "".join(self.parts) + f"const lab = module_{name};\n"

    def _add(self, name):
        self.known.add(name)
        text = (self.folder / f"{name}.js").read_text("utf-8")
        for found in _IMPORT.finditer(text):
            if found["module"] not in self.known:
                self._add(found["module"])
        exported = _EXPORT.findall(text)
        text = _IMPORT.sub(_constants, _EXPORT.sub("", text))
        whole = f'const module_{name} = (() => {{ "use strict"; {text}\n'
        whole += f"return {{ {', '.join(exported)} }}; }})();\n"
        self.lines += [(f"{name}.js", number) for number in range(1, whole.count("\n") + 1)]
        self.parts.append(whole)

    def place(self, trace):
        """`docs/labs/NAME.js:line` of the innermost call that is in one of the modules."""
        for number in map(int, _PLACE.findall(trace)):
            if number <= len(self.lines):
                name, line = self.lines[number - 1]
                return f"docs/labs/{name}:{line}"
        return ""


def _constants(found):
    names = re.sub(r"\s+as\s+", ": ", found["names"])
    return f"const {{{names}}} = module_{found['module']};"
