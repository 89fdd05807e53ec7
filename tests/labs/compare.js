// Calls the labs' arithmetic for each case of vectors.py. No DOM and no Node: both run it.

const near = (a, b, scale = 1) => Math.abs(a - b) <= 1e-9 * Math.max(scale, Math.abs(b));
const flat = (each) => [each].flat(Infinity);

function differ(what, found, expected, scale) {
  const [a, b] = [flat(found), flat(expected)];
  if (a.length !== b.length) return [`${what}: ${a.length} numbers, expected ${b.length}`];
  const at = a.findIndex((each, i) => !near(each, b[i], scale));
  return at < 0 ? [] : [`${what}[${at}]: ${a[at]}, expected ${b[at]}`];
}

const outer = (u) => u.map((a) => u.map((b) => a * b));

const kinds = {
  point({ surface: [name, args], at, expected }, js) {
    const surface = js.surfaces[name](...args);
    const found = [
      ...differ("loss", surface.loss(at), expected.loss),
      ...differ("gradient", surface.gradient(at), expected.gradient),
    ];
    if (!expected.hessian) return found;
    const [point, value] = expected.taylor;
    return [
      ...found,
      ...differ("hessian", surface.hessian(at), expected.hessian),
      ...differ("taylor", js.taylor(surface, at)(point), value, 10),
    ];
  },

  path({ optimizer: [name, options], surface: [which, args], lr, schedule, start, updates, expected }, js) {
    const rule = js.optimizers[name](options);
    const path = js.descend(js.surfaces[which](...args), start, rule, { lr, updates, schedule: js.schedules[schedule] });
    const count = expected.points.length;
    const size = Math.max(1, ...flat(expected.points).map(Math.abs));
    const whole = expected.whole && (path.diverged || path.points.length !== updates + 1);
    return [
      ...(whole ? ["the path ends early"] : []),
      ...differ("points", path.points.slice(0, count), expected.points, size),
      ...differ("losses", path.losses.slice(0, count), expected.losses, size ** 3),
      ...(flat(path.points).every(Number.isFinite) ? [] : ["a point is not finite"]),
      ...(path.rates.length === path.points.length - (path.diverged ? 0 : 1) ? [] : ["rates do not match the updates"]),
    ];
  },

  matrix({ matrix, expected }, js) {
    const { values, vectors } = js.eigenpairs(matrix);
    const found = differ("values", values, expected.values);
    if (expected.projectors) found.push(...differ("vectors", vectors.map(outer), expected.projectors));
    if (js.classify(values) !== expected.kind) found.push(`kind ${js.classify(values)}, expected ${expected.kind}`);
    return found;
  },

  softmax: ({ logits, expected }, js) => differ("softmax", js.softmax(logits), expected),
  standardize: ({ rows, eps, expected }, js) => differ("rows", js.standardize(rows, eps).rows, expected),

  radius({ step, beta, expected }, js) {
    const found = Math.abs(js.radius(step, beta) - expected) < 1e-6 ? [] : [`radius ${js.radius(step, beta)}, expected ${expected}`];
    if (beta > 0.999) return found; // takes more updates than a lab can wait for
    const measured = js.measuredRate([step], beta);
    return Math.abs(measured - expected) < 0.01 ? found : [...found, `measured ${measured}, expected ${expected}`];
  },
};

// What differs, a line for each; empty where all agree.
export function compare(js, cases) {
  return cases.flatMap((each, number) =>
    kinds[each.kind](each, js).map((text) => `${number} ${JSON.stringify({ ...each, expected: undefined }).slice(0, 200)} ${text}`));
}

// Quadratics of every kind: around which point, the gradient there, the Hessian.
const MODELS = [
  ["bowl", [0, 0], [0, 0], [[1, 0], [0, 1]]],
  ["turned valley", [0.3, -0.2], [0.4, 0.1], [[50.5, 49.5], [49.5, 50.5]]],
  ["saddle at its point", [0, 0], [0, 0], [[1, 0], [0, -1]]],
  ["saddle beside it", [0.5, 1], [1, -0.4], [[0.2, 1.3], [1.3, -0.7]]],
  ["hill", [0.1, 0.2], [0.3, 0.3], [[-1, 0.2], [0.2, -2]]],
  ["parabola", [0, 0.1], [0.5, -0.3], [[2, 0], [0, 0]]],
  ["turned parabola", [0.2, 0.1], [0.5, -0.3], [[1, 1], [1, 1]]],
  ["trough", [1, 1], [0, 0], [[2, 2], [2, 2]]],
  ["plane", [0, 0], [1, 1], [[0, 0], [0, 0]]],
];
const RISES = [-1, -0.1, 0, 0.05, 0.4, 1.5], REACH = 6, VIEW = 2;

// Faults of a model's level lines: a point off its level, and a place at which the level is crossed
// in the view and no line is near.
function levels(js, at, g, h) {
  const rise = (w) => {
    const d = w.map((each, i) => each - at[i]);
    return js.dot(g, d) + js.dot(d, h.map((row) => js.dot(row, d))) / 2;
  };
  return RISES.flatMap((level) => {
    const lines = js.levelLines(at, g, js.eigenpairs(h), [level], REACH), points = lines.flat();
    const size = 1 + Math.max(0, ...points.flat().map(Math.abs)) ** 2;
    const off = points.find((p) => !near(rise(p), level, 100 * size));
    if (off) return [`${off} is off the level ${level}`];
    if (flat(h).every((each) => each === 0)) return points.length ? ["a plane has no lines here"] : [];
    const missed = crossings(rise, level).find((p) => !lines.some((line) => close(line, p)));
    return missed ? [`no line of level ${level} near ${missed}`] : [];
  });
}

// Where f crosses the level on 41 lines of the view in each direction.
function crossings(f, level) {
  const side = Array.from({ length: 41 }, (_, i) => VIEW * (i / 20 - 1)), found = [];
  for (const turn of [(a, b) => [a, b], (a, b) => [b, a]]) {
    for (const a of side) {
      for (let b = -VIEW, step = 0.01; b < VIEW; b += step) {
        const [from, to] = [b, b + step].map((each) => f(turn(a, each)) - level);
        if (from < 0 !== to < 0) found.push(turn(a, b + (step * from) / (from - to)));
      }
    }
  }
  return found;
}

// Whether a line of segments passes within a hundredth, less than a pixel on the page.
function close(line, [x, y]) {
  return line.slice(1).some(([c, d], i) => {
    const [a, b] = line[i], [u, v] = [c - a, d - b], long = u * u + v * v;
    const along = long ? Math.max(0, Math.min(1, ((x - a) * u + (y - b) * v) / long)) : 0;
    return Math.hypot(x - a - along * u, y - b - along * v) < 0.01;
  });
}

// What holds whatever the numbers.
export function properties(js) {
  const wrong = [];
  const check = (holds, text) => holds || wrong.push(text);
  const draw = js.random(7), again = js.random(7);
  const drawn = Array.from({ length: 2000 }, draw);
  check(drawn.every((each) => each >= 0 && each < 1), "random() leaves [0, 1)");
  check(drawn.every((each) => each === again()), "one seed, two sequences");
  check(Math.abs(drawn.reduce((a, b) => a + b) / 2000 - 0.5) < 0.03, "random() is not uniform");
  const counts = new Map();
  for (let i = 0; i < 6000; i += 1) {
    const order = js.shuffle(3, draw);
    check([...order].sort().join() === "0,1,2", `no order: ${order}`);
    counts.set(order.join(), (counts.get(order.join()) ?? 0) + 1);
  }
  check(counts.size === 6 && [...counts.values()].every((n) => Math.abs(n - 1000) < 150), "orders are not alike");
  for (const [name, at, g, h] of MODELS) wrong.push(...levels(js, at, g, h).map((text) => `${name}: ${text}`));
  check(Math.abs(js.radius(1, 1 - 1e-9) - 1) < 1e-6, "β → 1: the error is kept");
  check(js.radius(0, 0.5) === 1, "a rate of zero keeps the error");
  const far = js.descend(js.surfaces.monkey_saddle(), [1, 1], js.optimizers.sgd(), { lr: 100, updates: 100 });
  check(far.diverged && far.points.flat().every(Number.isFinite), "a path that diverges is not finite");
  return wrong;
}
