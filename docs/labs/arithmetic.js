// The arithmetic of the labs, and nothing of a page: every function here is compared with torch
// and with the package (tests/labs). A point is an array of weights; an angle is in radians.

// Surfaces: {loss(w), gradient(w)} and, for two weights, hessian(w), as in trainingtips.surfaces.

const dot = (a, b) => a.reduce((sum, each, i) => sum + each * b[i], 0);
export const norm = (a) => Math.hypot(...a);
export const finite = (a) => a.every(Number.isFinite);

export const surfaces = {
  two_weights: () => ({
    loss: ([a, b]) => (1 - a * b) ** 2,
    gradient: ([a, b]) => [-2 * (1 - a * b) * b, -2 * (1 - a * b) * a],
    hessian: ([a, b]) => [[2 * b * b, 4 * a * b - 2], [4 * a * b - 2, 2 * a * a]],
  }),
  monkey_saddle: () => ({
    loss: ([a, b]) => a ** 3 - 3 * a * b * b,
    gradient: ([a, b]) => [3 * a * a - 3 * b * b, -6 * a * b],
    hessian: ([a, b]) => [[6 * a, -6 * b], [-6 * b, -6 * a]],
  }),
  saddle: () => surfaces.quadratic([1, -1]),
  bowl: () => surfaces.quadratic([1, 1]),
  ravine: (condition, angle = 0) => surfaces.quadratic([1, condition], angle),
  // the eigenvector of the first eigenvalue has this angle to the first axis
  quadratic: ([first, second], angle = 0) => {
    const c = Math.cos(angle), s = Math.sin(angle), mixed = (first - second) * c * s;
    const h = [[first * c * c + second * s * s, mixed], [mixed, first * s * s + second * c * c]];
    const gradient = (w) => h.map((row) => dot(row, w));
    return { loss: (w) => dot(w, gradient(w)) / 2, gradient, hessian: () => h };
  },
  // ½ mean (row · w − y)²; a batch is an array of the examples' indices, all of them by default
  regression: (rows, targets) => {
    const all = rows.map((_, i) => i);
    const mean = (batch, of) => batch.reduce((sum, i) => sum + of(i), 0) / batch.length;
    const error = (w, i) => dot(rows[i], w) - targets[i];
    return {
      loss: (w, batch = all) => mean(batch, (i) => error(w, i) ** 2) / 2,
      gradient: (w, batch = all) => w.map((_, k) => mean(batch, (i) => error(w, i) * rows[i][k])),
      hessian: () => [0, 1].map((k) => [0, 1].map((l) => mean(all, (i) => rows[i][k] * rows[i][l]))),
    };
  },
  // over logits, with the class `target` true; written as the package does, so that a confidently
  // right or wrong corner keeps its tiny slope
  cross_entropy: (target = 0) => ({
    loss: (z) => {
      const top = Math.max(...z.filter((_, k) => k !== target));
      const others = z.reduce((sum, each, k) => (k === target ? sum : sum + Math.exp(each - top)), 0);
      const margin = top + Math.log(others) - z[target];
      return Math.max(margin, 0) + Math.log1p(Math.exp(-Math.abs(margin)));
    },
    gradient: (z) => miss(softmax(z), target),
  }),
  squared_error: (target = 0) => ({
    loss: (z) => miss(softmax(z), target).reduce((sum, e) => sum + e * e, 0),
    gradient: (z) => {
      const p = softmax(z), e = miss(p, target);
      return p.map((each, k) => 2 * each * p.reduce((sum, q, j) => sum + q * (e[k] - e[j]), 0));
    },
  }),
};

export function softmax(z) {
  const top = Math.max(...z), parts = z.map((each) => Math.exp(each - top));
  const sum = parts.reduce((a, b) => a + b);
  return parts.map((each) => each / sum);
}

function miss(p, target) { // p − t; 1 − p would round off where p is near one
  const others = p.reduce((sum, each, k) => (k === target ? sum : sum + each), 0);
  return p.map((each, k) => (k === target ? -others : each));
}

// {values, vectors} of a symmetric 2 × 2 matrix, ascending; unit vectors with a first entry ≥ 0
export function eigenpairs([[a, b], [, d]]) {
  const angle = Math.atan2(2 * b, a - d) / 2, c = Math.cos(angle), s = Math.sin(angle);
  const high = a * c * c + 2 * b * c * s + d * s * s, low = a * s * s - 2 * b * c * s + d * c * c;
  return { values: [low, high], vectors: [s < 0 ? [-s, c] : [s, -c], [c, s]] };
}

// "minimum", "maximum", "saddle" or "degenerate", as trainingtips.curvature.classify
export function classify(values, tolerance = 1e-6) {
  const zero = tolerance * Math.max(...values.map(Math.abs));
  const up = values.some((v) => v > zero), down = values.some((v) => v < -zero);
  if (up && down) return "saddle";
  return values.some((v) => Math.abs(v) <= zero) ? "degenerate" : up ? "minimum" : "maximum";
}

// the surface's Taylor model of second order around w, a function of a point
export function taylor(surface, w) {
  const value = surface.loss(w), g = surface.gradient(w), h = surface.hessian(w);
  return (point) => {
    const delta = point.map((each, i) => each - w[i]);
    return value + dot(g, delta) + dot(delta, h.map((row) => dot(row, delta))) / 2;
  };
}

// Optimisers, with torch's names, defaults and arithmetic: each makes a rule of its own memory,
// rule(gradient, lr) → {step, rates}: θ + step is the next θ; `rates` are what multiplies each
// weight's gradient (for Adam and for momentum, its running mean or sum).

export const optimizers = {
  sgd: ({ momentum = 0, nesterov = false } = {}) => {
    let v;
    return (g, lr) => {
      v = g.map((each, i) => (v ? momentum * v[i] : 0) + each);
      const move = nesterov ? g.map((each, i) => each + momentum * v[i]) : v;
      return { step: move.map((each) => -lr * each), rates: g.map(() => lr) };
    };
  },
  adagrad: ({ eps = 1e-10 } = {}) => {
    let sum;
    return (g, lr) => {
      sum = g.map((each, i) => (sum ? sum[i] : 0) + each * each);
      return scaled(g, sum.map((each) => lr / (Math.sqrt(each) + eps)));
    };
  },
  rmsprop: ({ alpha = 0.99, eps = 1e-8 } = {}) => {
    let mean;
    return (g, lr) => {
      mean = g.map((each, i) => alpha * (mean ? mean[i] : 0) + (1 - alpha) * each * each);
      return scaled(g, mean.map((each) => lr / (Math.sqrt(each) + eps)));
    };
  },
  adam: ({ betas: [first, second] = [0.9, 0.999], eps = 1e-8 } = {}) => {
    let m, v, t = 0;
    return (g, lr) => {
      t += 1;
      m = g.map((each, i) => first * (m ? m[i] : 0) + (1 - first) * each);
      v = g.map((each, i) => second * (v ? v[i] : 0) + (1 - second) * each * each);
      const unbias = Math.sqrt(1 - second ** t), rate = lr / (1 - first ** t);
      return scaled(m, v.map((each) => rate / (Math.sqrt(each) / unbias + eps)));
    };
  },
};

const scaled = (g, rates) => ({ step: g.map((each, i) => -rates[i] * each), rates });

// Schedules: the factor on the learning rate at update t (from 0) of T, as on the page.

export const schedules = {
  constant: () => 1,
  step: (t, T) => 0.1 ** ((t >= Math.floor(T / 2)) + (t >= Math.floor((T * 3) / 4))),
  cosine: (t, T) => 0.5 * (1 + Math.cos((Math.PI * t) / T)),
  warm_up: (t, T) => {
    const warm = Math.floor(T / 10);
    return t < warm ? (t + 1) / warm : schedules.cosine(t - warm, T - warm);
  },
};

// The path of a rule: {points, losses, rates, diverged}, one row for the start and one for each
// update. It ends early before a loss or gradient that is not finite, as trainingtips.descent.
// batches(t), where given, are the examples of update t.
export function descend(surface, start, rule, { lr, updates, schedule, batches }) {
  const points = [], losses = [], rates = [];
  let w = start;
  for (let t = 0; ; t += 1) {
    const batch = batches?.(t), loss = surface.loss(w), g = surface.gradient(w, batch);
    if (!finite([loss, ...g])) return { points, losses, rates, diverged: true };
    points.push(w);
    losses.push(loss);
    if (t === updates) return { points, losses, rates, diverged: false };
    const update = rule(g, lr * (schedule ? schedule(t, updates) : 1));
    rates.push(update.rates);
    w = w.map((each, i) => each + update.step[i]);
  }
}

// Momentum on a quadratic, as trainingtips.momentum: `step` is ηλ.

export function radius(step, beta) {
  const middle = 1 + beta - step, square = middle ** 2 - 4 * beta;
  return square < 0 ? Math.sqrt(beta) : (Math.abs(middle) + Math.sqrt(square)) / 2;
}

// the error kept per update, by iterating and without the formula
export function measuredRate(steps, beta, updates = 4000) {
  let theta = steps.map(() => 1), moved = steps.map(() => 0), log = 0;
  for (let t = 1; t <= updates; t += 1) {
    moved = moved.map((each, i) => beta * each + steps[i] * theta[i]);
    theta = theta.map((each, i) => each - moved[i]);
    if (t % 16) continue;
    const size = Math.max(...theta.map(Math.abs), ...moved.map(Math.abs));
    if (!size) return 0;
    if (t > updates / 2) log += Math.log(size); // rescaled on the way, so that nothing overflows
    theta = theta.map((each) => each / size);
    moved = moved.map((each) => each / size);
  }
  return Math.exp(log / (updates / 2));
}

// Chance: mulberry32 (Tommy Ettinger, 2017), a generator of 32 bits of state. Numbers in [0, 1).
export function random(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

// 0 … n − 1 in a random order (Fisher and Yates), from a generator of `random`
export function shuffle(n, draw) {
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i -= 1) {
    const j = Math.floor(draw() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

// Columns to mean 0 and variance 1: {rows, mean, std}; std divides by N. A constant column is only
// centred; eps is that of batch normalization, added to the variance.
export function standardize(rows, eps = 0) {
  const columns = rows[0].map((_, k) => rows.map((row) => row[k]));
  const mean = columns.map((each) => each.reduce((a, b) => a + b) / each.length);
  const std = columns.map((each, k) => {
    const square = each.reduce((sum, x) => sum + (x - mean[k]) ** 2, 0) / each.length;
    return each.every((x) => x === each[0]) ? 0 : Math.sqrt(square + eps);
  });
  return { rows: rows.map((row) => row.map((x, k) => (x - mean[k]) / (std[k] || 1))), mean, std };
}

// Level lines of f over [x0, x1] × [y0, y1] by marching over cells: one array of segments
// [[x, y], [x, y]] for each level.
export function contours(f, [x0, x1, y0, y1], levels, cells = 40) {
  const at = (i, low, high) => low + ((high - low) * i) / cells;
  const side = Array.from({ length: cells + 1 }, (_, i) => i);
  const z = side.map((j) => side.map((i) => f([at(i, x0, x1), at(j, y0, y1)])));
  return levels.map((level) => {
    const found = [];
    for (let j = 0; j < cells; j += 1) {
      for (let i = 0; i < cells; i += 1) {
        // the cell's two triangles: a line crosses a triangle in two sides, or not at all
        for (const corners of [[[i, j], [i + 1, j], [i, j + 1]], [[i + 1, j + 1], [i + 1, j], [i, j + 1]]]) {
          const cut = [];
          for (let k = 0; k < 3; k += 1) {
            const [p, q] = [corners[k], corners[(k + 1) % 3]];
            const a = z[p[1]][p[0]] - level, b = z[q[1]][q[0]] - level;
            if (a < 0 === b < 0) continue;
            const share = a / (a - b);
            cut.push([at(p[0] + share * (q[0] - p[0]), x0, x1), at(p[1] + share * (q[1] - p[1]), y0, y1)]);
          }
          if (cut.length) found.push(cut);
        }
      }
    }
    return found;
  });
}
