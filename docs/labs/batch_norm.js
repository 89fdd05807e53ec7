import { descend, eigenpairs, levelLines, optimizers, surfaces } from "./arithmetic.js";

const REACH = 1.8, RINGS = [0.1, 0.3, 0.5, 0.7, 0.9, 1.1];
const LOOK = [{ colour: "vermilion", dash: [] }, { colour: "blue", dash: [7, 4] }];

export function run({ scale, shift, w1, w2, updates }, { examples, eps }) {
  const raw = examples.map(([a, b]) => [a + shift, scale * (b + shift)]);
  const maps = [raw, standardize(raw, eps).rows].map((rows) => {
    const h = surfaces.regression(rows, []).hessian(), pairs = eigenpairs(h);
    const [low, high] = pairs.values, lr = 2 / (low + high);
    // in the weights' errors, the loss of linear regression is this quadratic
    const { points, losses } = descend(surfaces.form(h), [w1, w2], optimizers.sgd(), { lr, updates });
    const left = losses[0] ? losses[updates] / losses[0] : 0;
    return { points, pairs, shown: { kappa: high / low, lr, end: points[updates], left } };
  });
  const [before, after] = maps.map((each) => each.shown);
  return { maps, shown: { before, after } };
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

export function draw(pens, { maps }) {
  pens.forEach((pen, i) => {
    const { points, pairs, shown } = maps[i], { colour, dash } = LOOK[i];
    const rises = RINGS.map((r) => (pairs.values[1] * r * r) / 2);
    pen.lines(levelLines([0, 0], [0, 0], pairs, rises, REACH), "muted", { width: 1 });
    pen.line(points, "page", { width: 4, alpha: 0.7 });
    pen.line(points, colour, { dash, width: 1.2 });
    pen.dots(points, colour, { size: 2.5 });
    pen.dots([[0, 0]], "text", { size: 7, fill: false });
    pen.text(`κ = ${round(shown.kappa)}`, [1.2, 1.2], colour, [0, -12]); // beside the title
  });
}

export function say({ shown: { before, after } }, { scale, shift, updates }) {
  const moved = [scale !== 1 && `scale ${scale}`, shift && `shift ${round(shift)}`].filter(Boolean);
  const why = moved.length ? `With ${moved.join(" and ")}` : "With neither scale nor shift";
  const verdict = before.kappa > 1.5 * after.kappa ? "the loss is a valley" : "there is little to mend";
  return `${why} ${verdict}: κ is ${round(before.kappa)} as the features come. Normalized, it is ` +
    `${round(after.kappa)}, which is their correlation alone. ${updates} updates leave ` +
    `${share(before.left)} of the loss before, ${share(after.left)} after.`;
}

const share = (part) => (part < 1e-6 ? "under 0.0001\u00a0%" : `${round(100 * part)}\u00a0%`);
const round = (value) => (Number(value.toPrecision(3)) || 0).toString().replace("-", "−");

export const press = {
  scale: () => ({ scale: 8, shift: 0 }),
  shift: () => ({ scale: 1, shift: 3 }),
  neither: () => ({ scale: 1, shift: 0 }),
};
