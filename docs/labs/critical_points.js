import { dot, eigenpairs, levelLines, norm, surfaces as shared } from "./arithmetic.js";

const REACH = 6, LEVELS = [-6, -3, -1.5, -0.6, -0.2, 0, 0.2, 0.6, 1.5, 3, 6];
const ALONG = Array.from({ length: 61 }, (_, i) => i / 20 - 1.5);
const DASH = { up: [], down: [7, 4], flat: [2, 4] };

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
  saddle: () => shared.quadratic([1, -1]),
  bowl: () => shared.quadratic([1, 1]),
};

export function run({ surface: name, w1, w2, epsilon }) {
  const surface = surfaces[name](), w = [w1, w2];
  const loss = surface.loss(w), g = surface.gradient(w), slope = norm(g);
  const { values, vectors } = eigenpairs(surface.hessian(w));
  const signs = values.map((v) => (Math.abs(v) <= 1e-6 * Math.max(...values.map(Math.abs)) ? "flat" : v > 0 ? "up" : "down"));
  const u = vectors[0], way = g[0] * u[0] + g[1] * u[1] > 0 ? -1 : 1; // of the two, downhill
  const end = signs[0] === "down" ? w.map((each, i) => each + way * epsilon * u[i]) : null;
  const kind = classify(values);
  const shown = { loss, g, values, kind, end, endLoss: end && surface.loss(end) };
  return { surface, w, vectors, signs, slope, model: taylor(surface, w), shown };
}

export function draw([plane, slice], { surface, w, vectors, signs, model, shown: { loss, g, values, end } }) {
  const colour = { up: "blue", down: "vermilion", flat: "green" };
  plane.lines(levelLines(w, g, { values, vectors }, LEVELS, REACH), "purple", { dash: [5, 4], width: 1.2 });
  vectors.forEach((u, k) => {
    const [left, right] = [-1, 1].map((way) => w.map((each, i) => each + way * u[i]));
    plane.line([left, right], colour[signs[k]], { dash: DASH[signs[k]], width: 2.5 });
    // beyond the end that has more room, away from the line
    const [end, across] = Math.abs(right[0]) < 1.4 || w[0] < 0 ? [right, 8] : [left, -8];
    plane.text(`λ = ${round(values[k])}`, end, colour[signs[k]], [across, end[1] > w[1] ? -6 : 16]);
  });
  const length = norm(g);
  if (length) plane.arrow(w, w.map((each, i) => each - (g[i] / length) * Math.min(1.2, length)), "text", { width: 3 });
  if (end) plane.dots([end], "text", { fill: false, size: 6 });
  const [u] = vectors, at = (a) => w.map((each, i) => each + a * u[i]);
  slice.line(ALONG.map((a) => [a, surface.loss(at(a)) - loss]), "text");
  slice.line(ALONG.map((a) => [a, model(at(a)) - loss]), "purple", { dash: [5, 4] });
  slice.dots([[0, 0]], "vermilion", { size: 5 });
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

export function say({ slope, shown: { loss, kind, values, endLoss } }, { epsilon }) {
  const [low, high] = values.map(round);
  const where = slope < 1e-9
    ? `θ′ is a critical point: ${{ degenerate: "the Hessian leaves its kind open", saddle: "a saddle", minimum: "a minimum", maximum: "a maximum" }[kind]}`
    : `θ′ is no critical point: the gradient has length ${round(slope)} and leads downhill`;
  const out = endLoss === null
    ? "No eigenvalue is negative, so the Hessian names no way down."
    : `A step of ${epsilon} along the escape direction takes the loss from ${round(loss)} to ${round(endLoss)}.`;
  return `${where}. The eigenvalues of H are ${low} and ${high}. ${out}`;
}

const round = (value) => (Number(value.toPrecision(3)) || 0).toString().replace("-", "−");

export const press = {
  escape: (state) => {
    const { end } = run(state).shown;
    return end ? { w1: end[0], w2: end[1] } : {};
  },
  origin: () => ({ w1: 0, w2: 0 }),
};
