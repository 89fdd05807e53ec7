import { kept } from "./arithmetic.js";
import { normal, random } from "./chance.js";

const FLOOR = -2.4; // of the axis: an error of nothing has no logarithm

export function run({ weights, examples, noise, decay, seed }, given) {
  const { x, y, fits } = fitted(examples, noise, decay, seed, given), all = fits.map(({ test }) => test);
  const least = Math.min(...all), { train, test, w } = fits[weights - 1];
  const best = all.indexOf(least) + 1, peak = Math.max(...all.slice(best - 1));
  const shown = { train, test, best, least, top: all.indexOf(peak) + 1, peak };
  return { x, y, w, fits, scale: given.scale, shown };
}

// The k-th wave at x, of mean square one over x from 0 to 1, made smaller the more often it turns
export const wave = (k, x, scale) => (k ? Math.SQRT2 * Math.cos(Math.PI * k * x) : 1) * scale[k];

// All fits of one draw, with 1, 2, … waves. Squared errors: the training's over the examples, the
// test's over all x and fresh noise, exactly, since waves are orthogonal.
const fitted = kept((n, noise, decay, seed, { truth, scale }) => {
  const draw = random(seed), one = scale.map(() => 1);
  const x = Array.from({ length: n }, draw);
  const right = (at) => truth.reduce((sum, c, k) => sum + c * wave(k, at, one), 0);
  const y = x.map((at) => right(at) + noise * normal(draw));
  const rows = x.map((at) => scale.map((_, k) => wave(k, at, scale)));
  // (K + λ) a = y with K = ΦΦᵀ, which grows by a wave at a time; the weights are Φᵀa, the
  // residuals λa. So there is a solution for more weights than examples: the smallest weights.
  const matrix = x.map((_, i) => x.map((_, j) => (i === j ? decay : 0)));
  const fits = scale.map((_, k) => {
    for (let i = 0; i < n; i += 1) for (let j = 0; j <= i; j += 1) matrix[i][j] += rows[i][k] * rows[j][k];
    const a = solve(matrix, y);
    const w = scale.slice(0, k + 1).map((_, j) => a.reduce((sum, each, i) => sum + each * rows[i][j], 0));
    const off = scale.reduce((sum, s, j) => sum + ((w[j] ?? 0) * s - (truth[j] ?? 0)) ** 2, 0);
    return { w, train: a.reduce((sum, each) => sum + (decay * each) ** 2, 0) / n, test: off + noise ** 2 };
  });
  return { x, y, fits };
});

// the solution of a symmetric, positive system, by Cholesky; of the matrix the lower half is read
export function solve(matrix, y) {
  const n = y.length, l = matrix.map((row) => row.slice()), z = y.slice();
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let sum = l[i][j];
      for (let k = 0; k < j; k += 1) sum -= l[i][k] * l[j][k];
      l[i][j] = i === j ? Math.sqrt(sum) : sum / l[j][j];
    }
    for (let k = 0; k < i; k += 1) z[i] -= l[i][k] * z[k];
    z[i] /= l[i][i];
  }
  for (let i = n - 1; i >= 0; i -= 1) {
    for (let k = i + 1; k < n; k += 1) z[i] -= l[k][i] * z[k];
    z[i] /= l[i][i];
  }
  return z;
}

export function draw([errors, fit], { x, y, w, fits, scale }, { weights, examples }) {
  const curve = (name) => fits.map((each, k) => [k + 1, Math.max(FLOOR, Math.log10(each[name]))]);
  const [train, test] = ["train", "test"].map(curve);
  errors.line([[examples, -9], [examples, 9]], "muted", { dash: [2, 4], width: 1.5 });
  errors.line(train, "blue", { dash: [7, 4], width: 2.5 });
  errors.line(test, "vermilion");
  errors.dots([train[weights - 1]], "blue", { size: 5 });
  errors.dots([test[weights - 1]], "vermilion", { size: 5 });
  const path = Array.from({ length: 201 }, (_, i) => i / 200).map((at) => [at, w.reduce((sum, each, k) => sum + each * wave(k, at, scale), 0)]);
  fit.line(path, "vermilion");
  fit.dots(x.map((at, i) => [at, y[i]]), "blue", { size: 4 });
}

export function say({ shown: { train, test, best, least, top, peak } }, { weights, examples, noise }) {
  const many = weights >= examples;
  const verdict = test < 1.1 * least + 0.001 ? "about as good as it gets"
    : weights < best ? "too few weights to follow the curve"
    : weights > top && test < 0.7 * peak ? "more weights than examples, the smallest that fit, and the error falls again"
    : many ? "enough weights to bend to every example, and it swings between them"
    : noise ? "more weights than the curve needs: the others fit noise" : "more weights than the curve needs";
  const hump = peak > 2 * least ? `; the highest beyond it is ${round(peak)}, with ${top}` : "";
  return `${weights} weight${weights > 1 ? "s" : ""} on ${examples} examples: training error ${round(train)}, test error ` +
    `${round(test)}: ${verdict}. The least test error is ${round(least)}, with ${best}${hump}.`;
}

const round = (value) => (value < 0.001 ? "under 0.001" : value < 100 ? `${Number(value.toPrecision(2))}` : "more than 100");

export const press = {
  best: (state, given) => ({ weights: run(state, given).shown.best }),
  edge: ({ examples }) => ({ weights: examples }),
  anew: ({ seed }) => ({ seed: seed + 1 }),
};
