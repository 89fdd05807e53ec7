// The arithmetic that labs share, and nothing of a page: every function here is compared with torch
// and with the package (tests/labs), as is what one lab alone needs, in its own module. A point is
// an array of weights; an angle is in radians.

// Surfaces: {loss(w), gradient(w)} and, for two weights, hessian(w), as in trainingtips.surfaces.

export const dot = (a, b) => a.reduce((sum, each, i) => sum + each * b[i], 0);
export const norm = (a) => Math.hypot(...a);

export const surfaces = {
  // the eigenvector of the first eigenvalue has this angle to the first axis
  quadratic: ([first, second], angle = 0) => {
    const c = Math.cos(angle), s = Math.sin(angle), mixed = (first - second) * c * s;
    return surfaces.form([[first * c * c + second * s * s, mixed], [mixed, first * s * s + second * c * c]]);
  },
  // ½ wᵀHw
  form: (h) => {
    const gradient = (w) => h.map((row) => dot(row, w));
    return { loss: (w) => dot(w, gradient(w)) / 2, gradient, hessian: () => h };
  },
  // ½ mean (row · w − y)²; a batch is an array of the examples' indices, all of them by default
  regression: (rows, targets) => {
    const all = rows.map((_, i) => i);
    const mean = (batch, of) => batch.reduce((sum, i) => sum + of(i), 0) / batch.length;
    const error = (w, i) => dot(rows[i], w) - targets[i];
    return {
      loss: (w) => mean(all, (i) => error(w, i) ** 2) / 2,
      gradient: (w, batch = all) => w.map((_, k) => mean(batch, (i) => error(w, i) * rows[i][k])),
      hessian: () => [0, 1].map((k) => [0, 1].map((l) => mean(all, (i) => rows[i][k] * rows[i][l]))),
    };
  },
};

// {values, vectors} of a symmetric 2 × 2 matrix, ascending; unit vectors with a first entry ≥ 0
export function eigenpairs([[a, b], [, d]]) {
  const angle = Math.atan2(2 * b, a - d) / 2, c = Math.cos(angle), s = Math.sin(angle);
  const high = a * c * c + 2 * b * c * s + d * s * s, low = a * s * s - 2 * b * c * s + d * c * c;
  return { values: [low, high], vectors: [s < 0 ? [-s, c] : [s, -c], [c, s]] };
}

// Optimisers, with torch's names, defaults and arithmetic: each makes a rule of its own memory,
// rule(gradient, lr) → {step, rates}: θ + step is the next θ; `rates` are what multiplies each
// weight's gradient (for Adam and for momentum, its running mean or sum).

export const optimizers = {
  sgd: ({ momentum = 0 } = {}) => {
    let v;
    return (g, lr) => {
      v = g.map((each, i) => (v ? momentum * v[i] : 0) + each);
      return scaled(v, g.map(() => lr));
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

// The path of a rule: {points, losses, rates, diverged}, one row for the start and one for each
// update. schedule(t, updates) is a factor on lr. It ends early before a loss or gradient that is not finite, as trainingtips.descent.
export function descend(surface, start, rule, { lr, updates, schedule = () => 1 }) {
  const points = [], losses = [], rates = [];
  let w = start;
  for (let t = 0; ; t += 1) {
    const loss = surface.loss(w), g = surface.gradient(w);
    if (!Number.isFinite(g.reduce((sum, each) => sum + each, loss))) return { points, losses, rates, diverged: true };
    points.push(w);
    losses.push(loss);
    if (t === updates) return { points, losses, rates, diverged: false };
    const update = rule(g, lr * schedule(t, updates));
    rates.push(update.rates);
    w = w.map((each, i) => each + update.step[i]);
  }
}

// Level lines of a quadratic, exactly, to be drawn. `at` is a point, g the gradient there, `pairs` the
// eigenpairs of H: where g·d + ½ dᵀHd is one of `rises`, d from `at`. Open lines of `count` + 1 points,
// that go no farther than `reach` along the flatter eigenvector.
export function levelLines(at, g, { values, vectors }, rises, reach, count = 24) {
  const k = Math.abs(values[0]) < Math.abs(values[1]) ? 1 : 0; // the steeper of the two
  const [flat, steep] = [values[1 - k], values[k]], [u, v] = [vectors[1 - k], vectors[k]];
  const [gu, gv] = [dot(g, u), dot(g, v)];
  if (!steep) return []; // a plane
  return rises.flatMap((rise) => {
    // along u, v solves steep/2 v² + gv v = rest(u), in two branches where they are real
    const room = (p) => gv * gv + 2 * steep * (rise - p * (gu + (flat * p) / 2));
    // their ends, in the form of the quadratic formula that does not cancel, and where they are closest
    const c = -rise - (gv * gv) / (2 * steep);
    const w = -(gu + (gu < 0 ? -1 : 1) * Math.sqrt(gu * gu - 2 * flat * c)) / 2;
    const inside = [(2 * w) / flat, c / w, -gu / flat].filter((p) => Math.abs(p) < reach);
    const cuts = [-reach, ...inside, reach].sort((a, b) => a - b);
    return cuts.slice(1).flatMap((to, i) => {
      const from = cuts[i], middle = (from + to) / 2, half = (to - from) / 2;
      if (!(half > 0 && room(middle) >= 0)) return [];
      return [-1, 1].map((branch) => Array.from({ length: count + 1 }, (_, j) => {
        const p = middle - half * Math.cos((j * Math.PI) / count); // dense at the ends, where it bends
        const q = (branch * Math.sqrt(Math.max(0, room(p))) - gv) / steep;
        return at.map((each, i) => each + p * u[i] + q * v[i]);
      }));
    });
  });
}

// f, which is not called again while its arguments but the last, which stays, are the same
export function kept(f) {
  let key, value;
  return (...all) => {
    const now = all.slice(0, -1).join();
    if (now !== key) [key, value] = [now, f(...all)];
    return value;
  };
}
