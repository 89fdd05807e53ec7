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
  const lines = js.contours(([x, y]) => x * x + y * y, [-1, 1, -1, 1], [0.25], 60)[0];
  check(lines.length > 60, "no circle");
  check(lines.flat().every((p) => Math.abs(js.norm(p) - 0.5) < 0.002), "a level line off its level");
  check(js.contours(() => 1, [-1, 1, -1, 1], [0], 8)[0].length === 0, "a line where there is none");
  check(Math.abs(js.radius(1, 1 - 1e-9) - 1) < 1e-6, "β → 1: the error is kept");
  check(js.radius(0, 0.5) === 1, "a rate of zero keeps the error");
  const far = js.descend(js.surfaces.monkey_saddle(), [1, 1], js.optimizers.sgd(), { lr: 100, updates: 100 });
  check(far.diverged && far.points.flat().every(Number.isFinite), "a path that diverges is not finite");
  return wrong;
}
