// Brings the labs of a page to life. The page has each lab's controls, panels and first picture
// already (trainingtips/press/labs.py, which says how a lab is made); a lab's own module NAME.js
// gives
//   run(state, given)          → result: numbers only, no DOM; result.shown is what tests compare
//   draw(pens, result, state)  one pen for each panel, in the panel's own units
//   say(result, state)         → the sentence under the panels
//   press                      {name: (state, given) → changes of the state}, one for each button
// `state` has the value of each control by its name, `given` what the lab's Python file gives.

const COLOURS = ["text", "muted", "page", "blue", "vermilion", "green", "purple", "amber"];
const STILL = matchMedia("(prefers-reduced-motion: reduce)");
const labs = new Set();

const numbers = (text) => text.split(" ").map(Number);

// Draws on a panel's canvas; positions are in the panel's units, lengths in CSS pixels.
class Pen {
  constructor(panel) {
    this.panel = panel;
    this.canvas = panel.querySelector("canvas");
    this.brush = this.canvas.getContext("2d");
    this.size = numbers(panel.dataset.size);
    this.frame = numbers(panel.dataset.frame); // left, top, width, height
    this.view = numbers(panel.dataset.view); // x from, x to, y from, y to
  }

  clear(colours) {
    const { canvas, brush, size: [width, height] } = this;
    const scale = (canvas.clientWidth * devicePixelRatio) / width || 1;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    brush.scale(scale, scale);
    brush.lineJoin = brush.lineCap = "round";
    brush.font = `14px ${getComputedStyle(canvas).fontFamily}`;
    this.colours = colours;
  }

  // A place in CSS pixels. What diverges stays finite: far outside, but where it can be drawn.
  at([x, y]) {
    const [left, top, width, height] = this.frame, [x0, x1, y0, y1] = this.view;
    const near = (v) => Math.max(-1e4, Math.min(1e4, v)) || 0;
    return [left + near((x - x0) / (x1 - x0)) * width, top + near((y1 - y) / (y1 - y0)) * height];
  }

  // The place under a pointer, in the panel's units.
  under({ clientX, clientY }) {
    const box = this.canvas.getBoundingClientRect(), scale = this.size[0] / box.width;
    const [left, top, width, height] = this.frame, [x0, x1, y0, y1] = this.view;
    return [
      x0 + (((clientX - box.left) * scale - left) / width) * (x1 - x0),
      y1 - (((clientY - box.top) * scale - top) / height) * (y1 - y0),
    ];
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
    brush.strokeStyle = brush.fillStyle = this.colours[colour];
    brush.lineWidth = width;
    brush.setLineDash(dash);
    trace(brush);
    if (fill) brush.fill();
    else brush.stroke();
    brush.restore();
  }

  lines(paths, colour, options) {
    this.paint((brush) => {
      for (const points of paths) points.forEach((p, i) => brush[i ? "lineTo" : "moveTo"](...this.at(p)));
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

  arrow(from, to, colour, { head = 9, ...options } = {}) {
    const [a, b] = this.at(from), [x, y] = this.at(to), angle = Math.atan2(y - b, x - a);
    if (Math.hypot(x - a, y - b) < 1) return;
    this.line([from, to], colour, options);
    this.paint((brush) => {
      brush.moveTo(x, y);
      for (const turn of [2.7, -2.7]) brush.lineTo(x + head * Math.cos(angle + turn), y + head * Math.sin(angle + turn));
    }, colour, { fill: true });
  }

  // with a halo in the page's colour, so that it reads over lines
  text(words, point, colour = "text", [right, down] = [8, -8]) {
    const [x, y] = this.at(point), { brush } = this;
    const left = Math.max(4, Math.min(x + right, this.size[0] - brush.measureText(words).width - 4));
    const base = Math.max(14, Math.min(y + down, this.size[1] - 6));
    brush.strokeStyle = this.colours.page;
    brush.lineWidth = 4;
    brush.strokeText(words, left, base);
    brush.fillStyle = this.colours[colour];
    brush.fillText(words, left, base);
  }
}

class Lab {
  constructor(figure, module) {
    Object.assign(this, { figure, module, name: figure.dataset.lab });
    this.given = JSON.parse(figure.dataset.given);
    this.form = figure.querySelector("form");
    this.inputs = [...this.form.querySelectorAll("[name]")];
    this.pens = [...figure.querySelectorAll(".panel")].map((panel) => new Pen(panel));
    this.defaults = this.state();
    this.fromAddress();
    this.listen();
    this.form.firstElementChild.disabled = false;
    figure.classList.add("live");
    this.changed();
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
      if (value === undefined) continue;
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
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("click", ({ target: { dataset: { press, play } } }) => {
      if (press) this.set(this.module.press[press](this.state(), this.given));
      if (play) this.play(form.elements[play]);
    });
    for (const pen of this.pens) this.drag(pen);
    new ResizeObserver(() => this.changed()).observe(figure);
  }

  // A mouse may drag from anywhere in a panel, a finger from the handle, so that the page scrolls.
  drag(pen) {
    const handles = [...pen.panel.querySelectorAll(".handle")];
    if (!handles.length) return;
    let held = null;
    const nearest = (event) => {
      const away = (handle) => {
        const box = handle.getBoundingClientRect();
        return Math.hypot(event.clientX - box.x - box.width / 2, event.clientY - box.y - box.height / 2);
      };
      return handles.reduce((a, b) => (away(b) < away(a) ? b : a));
    };
    const move = (handle, event) => {
      const [x, y] = pen.under(event);
      this.set({ [handle.dataset.x]: x, [handle.dataset.y]: y });
    };
    pen.panel.addEventListener("pointerdown", (event) => {
      if (event.button || (event.pointerType === "touch" && !handles.includes(event.target))) return;
      held = nearest(event);
      pen.panel.setPointerCapture(event.pointerId);
      move(held, event);
    });
    pen.panel.addEventListener("pointermove", (event) => held && move(held, event));
    pen.panel.addEventListener("lostpointercapture", () => { held = null; });
    pen.panel.addEventListener("click", (event) => move(nearest(event), event));
  }

  // Moves a range to its end, a step a frame; at once for who wants no motion. Again: stops.
  play(range) {
    const start = !this.playing;
    cancelAnimationFrame(this.playing);
    this.playing = 0;
    if (!start) return;
    if (range.value === range.max) range.value = range.min;
    if (STILL.matches) range.value = range.max;
    const go = () => {
      range.stepUp();
      this.playing = range.value === range.max || !range.isConnected ? 0 : requestAnimationFrame(go);
      this.changed();
    };
    go();
  }

  changed() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.show();
    });
  }

  show() {
    const { figure, form, module, pens } = this, state = this.state();
    const style = getComputedStyle(figure);
    const colours = Object.fromEntries(COLOURS.map((c) => [c, style.getPropertyValue(`--${c}`).trim()]));
    const result = module.run(state, this.given);
    for (const part of figure.querySelectorAll("[data-when]")) {
      const [name, value] = part.dataset.when.split("=");
      part.toggleAttribute("hidden", String(state[name]) !== value);
    }
    for (const pen of pens) pen.clear(colours);
    module.draw(pens, result, state);
    for (const pen of pens) {
      for (const handle of pen.panel.querySelectorAll(".handle")) {
        const [x, y] = pen.at([state[handle.dataset.x], state[handle.dataset.y]]);
        handle.style.left = `${(100 * x) / pen.size[0]}%`;
        handle.style.top = `${(100 * y) / pen.size[1]}%`;
      }
    }
    for (const output of form.querySelectorAll("output")) {
      const input = form.elements[output.dataset.of];
      const places = (input.step.split(".")[1] || "").length;
      output.value = "log" in input.dataset ? state[input.name] : state[input.name].toFixed(places);
      output.value = output.value.replace("-", "−");
      input.setAttribute("aria-valuetext", output.value);
    }
    for (const button of form.querySelectorAll("[data-play]")) button.setAttribute("aria-pressed", Boolean(this.playing));
    const sentence = module.say(result, state);
    figure.querySelector(".says").textContent = sentence;
    figure.dataset.state = JSON.stringify(state);
    figure.dataset.shown = JSON.stringify(result.shown);
    clearTimeout(this.later); // told, and written into the address, once the hand rests
    this.later = setTimeout(() => {
      figure.querySelector("[role=status]").textContent = sentence;
      this.toAddress(state);
    }, 400);
  }

  fromAddress() {
    const query = new URLSearchParams(location.search);
    const asked = this.inputs.map(({ name }) => [name, query.get(`${this.name}.${name}`) ?? undefined]);
    this.set(Object.fromEntries(asked));
  }

  toAddress(state) {
    const address = new URL(location);
    for (const [name, value] of Object.entries(state)) {
      const key = `${this.name}.${name}`;
      if (value === this.defaults[name]) address.searchParams.delete(key);
      else address.searchParams.set(key, value);
    }
    if (this.figure.isConnected && address.href !== location.href) history.replaceState(history.state, "", address);
  }
}

async function mountAll() {
  for (const figure of document.querySelectorAll(".lab:not([data-mounted])")) {
    figure.dataset.mounted = "";
    labs.add(new Lab(figure, await import(`./${figure.dataset.lab}.js`)));
  }
}

// The theme's toggle sets an attribute of <body>.
new MutationObserver(() => {
  for (const lab of labs) {
    if (lab.figure.isConnected) lab.changed();
    else labs.delete(lab);
  }
}).observe(document.body, { attributes: true, attributeFilter: ["data-md-color-scheme"] });

mountAll();
window.document$?.subscribe(mountAll); // the theme's instant navigation brings a new page
