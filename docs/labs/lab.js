// A lab that lives. The page has its controls, panels and first picture already
// (trainingtips/press/pages/labs.py, which says how a lab is made); a lab's own module NAME.js gives
//   run(state, given)          → result: numbers only, no DOM; result.shown is what tests compare
//   draw(pens, result, state)  one pen for each panel, in the panel's own units
//   say(result, state)         → the sentence under the panels
//   press                      {name: (state, given) → changes of the state}, one for each button
// `state` has the value of each control by its name, `given` what the lab's Python file gives.
//
// A frame has a few milliseconds, so it reads nothing that makes the browser lay out the page, and
// writes to the page only what is new: sizes and colours are read when they change.

const STILL = matchMedia("(prefers-reduced-motion: reduce)");

const numbers = (text) => text.split(" ").map(Number);
const limited = (share) => Math.max(-1e4, Math.min(1e4, share)) || 0;

// Draws on a panel's canvas; positions are in the panel's units, lengths in CSS pixels.
class Pen {
  constructor(panel) {
    this.panel = panel;
    this.canvas = panel.querySelector("canvas");
    this.brush = this.canvas.getContext("2d");
    this.handle = panel.querySelector(".handle");
    this.size = numbers(panel.dataset.size);
    this.frame = numbers(panel.dataset.frame); // left, top, width, height
    this.view = numbers(panel.dataset.view); // x from, x to, y from, y to
  }

  // Gives the canvas the screen's pixels.
  fit() {
    const { canvas, brush, size } = this;
    this.scale = canvas.clientWidth / size[0] || 1;
    const scale = this.scale * devicePixelRatio;
    [canvas.width, canvas.height] = size.map((each) => Math.round(each * scale));
    brush.scale(scale, scale);
    brush.lineJoin = "bevel";
    this.style = getComputedStyle(canvas);
    this.colours = {};
    brush.font = `14px ${this.style.fontFamily}`;
  }

  colour(name) {
    return this.colours[name] ??= this.style.getPropertyValue(`--${name}`);
  }

  // A place in CSS pixels. What diverges stays finite: far outside, but where it can be drawn.
  at(point) { // a thousand times a frame, so by index: taking arrays apart is slow at first
    const { frame, view } = this;
    return [
      frame[0] + limited((point[0] - view[0]) / (view[1] - view[0])) * frame[2],
      frame[1] + limited((view[3] - point[1]) / (view[3] - view[2])) * frame[3],
    ];
  }

  // The place under a pointer, in the panel's units.
  under({ clientX, clientY }) {
    const { frame, view, scale } = this, { left, top } = this.canvas.getBoundingClientRect();
    return [
      view[0] + (((clientX - left) / scale - frame[0]) / frame[2]) * (view[1] - view[0]),
      view[3] - (((clientY - top) / scale - frame[1]) / frame[3]) * (view[3] - view[2]),
    ];
  }

  // Draws the handle where the state says. What a hand takes hold of follows once `still`: to move
  // an element costs more than to draw it.
  hold(state, still) {
    if (!this.handle) return;
    const { dataset: { x, y, colour }, style } = this.handle, place = [x, y].map((each) => state[each] ?? each);
    this.dots([place], "page", { size: 11, over: true });
    this.dots([place], colour, { size: 8, over: true });
    if (still) style.transform = `translate(${this.at(place).map((each) => `${each * this.scale}px`)})`;
  }

  // Strokes, or fills, what `trace` lays out, inside the frame unless `over`.
  paint(trace, colour, { dash = [], width = 2, fill, over, alpha = 1 } = {}) {
    const { brush } = this;
    brush.save();
    brush.beginPath();
    if (!over) {
      brush.rect(...this.frame);
      brush.clip();
      brush.beginPath();
    }
    brush.globalAlpha = alpha;
    brush.strokeStyle = brush.fillStyle = this.colour(colour);
    brush.lineWidth = width;
    brush.setLineDash(dash);
    trace(brush);
    if (fill) brush.fill();
    else brush.stroke();
    brush.restore();
  }

  // What lies beside the frame is left out: a dashed line costs by its length, seen or not.
  lines(paths, colour, options) {
    const [left, top, width, height] = this.frame;
    const side = (x, y) => (x < left) + 2 * (x > left + width) + 4 * (y < top) + 8 * (y > top + height);
    this.paint((brush) => {
      for (const points of paths) {
        let before, there, down = false;
        for (const point of points) {
          const place = this.at(point), now = side(...place);
          const seen = before && !(there & now); // not both beyond the same side
          if (seen && !down) brush.moveTo(...before);
          if (seen) brush.lineTo(...place);
          [before, there, down] = [place, now, seen];
        }
      }
    }, colour, options);
  }

  line(points, colour, options) {
    this.lines([points], colour, options);
  }

  dots(points, colour, { size = 4, fill = true, ...options } = {}) {
    this.paint((brush) => {
      for (const point of points) {
        const [x, y] = this.at(point);
        brush.moveTo(x + size, y);
        brush.arc(x, y, size, 0, 7);
      }
    }, colour, { fill, ...options });
  }

  arrow(from, to, colour, { width, head = 9 }) {
    const [a, b] = this.at(from), [x, y] = this.at(to), angle = Math.atan2(y - b, x - a);
    if (Math.hypot(x - a, y - b) < 1) return;
    this.line([from, to], colour, { width });
    this.paint((brush) => {
      brush.moveTo(x, y);
      for (const turn of [2.7, -2.7]) brush.lineTo(x + head * Math.cos(angle + turn), y + head * Math.sin(angle + turn));
    }, colour, { fill: true });
  }

  // Words right of a point, or left of it where `across` is negative; within the frame with a halo
  // in the page's colour, so that they read over lines.
  text(words, point, colour = "text", [across, down] = [8, -8]) {
    const [x, y] = this.at(point), { brush, size: [width, height] } = this, long = brush.measureText(words).width;
    const left = Math.max(4, Math.min(x + across - (across < 0 ? long : 0), width - long - 4));
    const base = Math.max(14, Math.min(y + down, height - 6));
    if (base > this.frame[1]) {
      brush.strokeStyle = this.colour("page");
      brush.lineWidth = 4;
      brush.strokeText(words, left, base);
    }
    brush.fillStyle = this.colour(colour);
    brush.fillText(words, left, base);
  }
}

export class Lab {
  constructor(figure, module) {
    const all = (selector) => [...figure.querySelectorAll(selector)];
    Object.assign(this, { figure, module, name: figure.dataset.lab });
    figure.lab = this;
    this.given = JSON.parse(figure.dataset.given);
    [this.form] = all("form");
    [this.told] = all("[role=status]");
    this.inputs = all("[name]");
    this.outputs = all("output");
    this.conditions = all("[data-when]");
    this.pens = all(".panel").map((each) => new Pen(each));
    this.says = all(".says")[0].appendChild(new Text());
    this.defaults = this.state();
    const asked = new URLSearchParams(location.search);
    this.set(Object.fromEntries(this.inputs.map(({ name }) => [name, asked.get(`${this.name}.${name}`)])));
    this.restyle();
    this.listen();
    this.form.firstElementChild.disabled = false;
  }

  state() {
    return Object.fromEntries(this.inputs.map((input) => {
      const { value, dataset } = input;
      if (input.localName === "select") return [input.name, value];
      return [input.name, "log" in dataset ? Number((10 ** value).toPrecision(3)) : Number(value)];
    }));
  }

  // A value that the control does not have is brought into its range, or left out.
  set(changes) {
    for (const input of this.inputs) {
      const value = changes[input.name];
      if (value == null) continue;
      if (input.localName === "select") {
        if ([...input.options].some((option) => option.value === value)) input.value = value;
      } else if (Number.isFinite(Number(value))) {
        input.value = "log" in input.dataset ? Math.log10(value) : value;
      }
    }
    this.changed();
  }

  listen() {
    const { form, figure } = this;
    form.addEventListener("input", () => this.changed());
    form.addEventListener("reset", () => setTimeout(() => this.changed()));
    form.addEventListener("click", ({ target, target: { dataset: { press, play } } }) => {
      if (press) this.set(this.module.press[press](this.state(), this.given));
      if (play) this.play(form.elements[play], target);
    });
    for (const pen of this.pens) this.drag(pen);
    new ResizeObserver(() => this.restyle()).observe(figure.querySelector(".panels"));
  }

  // A mouse may drag from anywhere in a panel, a finger from the handle, so that the page scrolls.
  // A handle's coordinates are the names of ranges; one that does not move is a number.
  drag(pen) {
    const { panel, handle } = pen;
    if (!handle) return;
    let held = false;
    const move = (event) => {
      const [x, y] = pen.under(event);
      this.set({ [handle.dataset.x]: x, [handle.dataset.y]: y });
    };
    panel.addEventListener("pointerdown", (event) => {
      if (event.button || (event.pointerType === "touch" && event.target !== handle)) return;
      held = true;
      panel.setPointerCapture(event.pointerId);
      move(event);
    });
    panel.addEventListener("pointermove", (event) => held && move(event));
    panel.addEventListener("lostpointercapture", () => { held = false; });
    panel.addEventListener("click", move);
  }

  // Moves a range to its end, a step a frame; at once for who wants no motion. Again: stops.
  play(range, button) {
    const go = () => {
      range.stepUp();
      turn(range.value !== range.max && range.isConnected && requestAnimationFrame(go));
      this.changed();
    };
    const turn = (next) => {
      this.playing = next;
      button.setAttribute("aria-pressed", Boolean(next));
    };
    if (this.playing) return turn(cancelAnimationFrame(this.playing));
    if (range.value === range.max) range.value = range.min;
    if (STILL.matches) range.value = range.max;
    go();
  }

  restyle() {
    for (const pen of this.pens) pen.fit();
    this.says.parentElement.style.height = "";
    this.tell(this.says.data);
    this.changed();
  }

  changed() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.show();
    });
  }

  show() {
    const { figure, module, pens } = this, state = this.state();
    const result = this.result = module.run(state, this.given);
    for (const part of this.conditions) {
      const [name, value] = part.dataset.when.split("=");
      part.toggleAttribute("hidden", `${state[name]}` !== value);
    }
    for (const { brush, size } of pens) brush.clearRect(0, 0, ...size);
    module.draw(pens, result, state);
    for (const pen of pens) pen.hold(state);
    this.print(state);
    const sentence = module.say(result, state);
    // while a hand moves, every sixth time: nobody reads faster, and words cost as much as lines
    if (!this.later || ++this.untold > 5) this.tell(sentence);
    figure.classList.add("live");
    clearTimeout(this.later); // told, and written into the address, once the hand rests
    this.later = setTimeout(() => {
      this.later = 0;
      this.tell(sentence);
      this.told.textContent = sentence;
      this.toAddress(state);
      for (const pen of pens) pen.hold(state, true);
    }, 400);
  }

  // The sentence's box is laid out by itself and so has to be given its height. It only grows, lest
  // the controls below move under the hand.
  tell(sentence) {
    const { says, says: { parentElement: { style } } } = this;
    this.untold = 0;
    if (says.data === sentence && style.height) return;
    says.data = sentence;
    style.height = `${says.parentElement.scrollHeight}px`;
  }

  // The values beside the ranges.
  print(state) {
    for (const output of this.outputs) {
      const input = this.form.elements[output.dataset.of], value = state[input.name];
      const places = (input.step.split(".")[1] || "").length;
      const text = String("log" in input.dataset ? value : value.toFixed(places)).replace("-", "−");
      if (input.getAttribute("aria-valuetext") === text) continue;
      output.firstChild.data = text;
      input.setAttribute("aria-valuetext", text);
    }
  }

  toAddress(state) {
    const address = new URL(location);
    for (const [name, value] of Object.entries(state)) {
      const key = `${this.name}.${name}`;
      if (value === this.defaults[name]) address.searchParams.delete(key);
      else address.searchParams.set(key, value);
    }
    if (this.figure.isConnected) history.replaceState(history.state, "", address);
  }
}

const restyle = () => document.querySelectorAll(".live").forEach(({ lab }) => lab.restyle());

new MutationObserver(restyle) // the theme's toggle sets an attribute of <body>
  .observe(document.body, { attributes: true, attributeFilter: ["data-md-color-scheme"] });
addEventListener("resize", restyle); // the page's zoom, too
