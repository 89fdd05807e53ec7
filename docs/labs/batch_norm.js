import { contours, descend, eigenpairs, optimizers, standardize, surfaces } from "./arithmetic.js";

const VIEW = [-1.2, 1.2, -1.2, 1.2], RINGS = [0.1, 0.3, 0.5, 0.7, 0.9, 1.1];
const LOOK = [{ colour: "vermilion", dash: [] }, { colour: "blue", dash: [7, 4] }];

export function run({ scale, shift, w1, w2, updates }, { examples, eps }) {
  const raw = examples.map(([a, b]) => [a + shift, scale * (b + shift)]);
  const maps = [raw, standardize(raw, eps).rows].map((rows) => {
    const surface = surfaces.regression(rows, rows.map(() => 0)); // in the weights' errors
    const h = surface.hessian(), { values: [low, high] } = eigenpairs(h), lr = 2 / (low + high);
    const { points, losses } = descend(surface, [w1, w2], optimizers.sgd(), { lr, updates });
    const left = losses[0] ? losses[updates] / losses[0] : 0;
    return { points, h, high, shown: { kappa: high / low, lr, end: points[updates], left } };
  });
  const [before, after] = maps.map((each) => each.shown);
  return { maps, shown: { before, after } };
}

export function draw(pens, { maps }) {
  pens.forEach((pen, i) => {
    const { points, h: [[a, b], [, d]], high, shown } = maps[i], { colour, dash } = LOOK[i];
    const loss = ([x, y]) => (a * x * x + 2 * b * x * y + d * y * y) / 2;
    pen.lines(contours(loss, VIEW, RINGS.map((r) => (high * r * r) / 2), 48).flat(), "muted", { width: 1 });
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
