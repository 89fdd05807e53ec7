import { classify, contours, eigenpairs, norm, surfaces, taylor } from "./arithmetic.js";

const VIEW = [-2.2, 2.2, -2.2, 2.2], LEVELS = [-6, -3, -1.5, -0.6, -0.2, 0, 0.2, 0.6, 1.5, 3, 6];
const ALONG = Array.from({ length: 61 }, (_, i) => i / 20 - 1.5);
const DASH = { up: [], down: [7, 4], flat: [2, 4] };

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
  plane.lines(contours(model, VIEW, LEVELS.map((level) => loss + level), 36).flatMap(joined), "purple", { dash: [5, 4], width: 1.2 });
  vectors.forEach((u, k) => {
    const ends = [-1, 1].map((way) => w.map((each, i) => each + way * u[i]));
    plane.line(ends, colour[signs[k]], { dash: DASH[signs[k]], width: 2.5 });
    const inside = ends.find(([x, y]) => Math.abs(x) < 2 && Math.abs(y) < 2) ?? ends[1];
    plane.text(`λ = ${round(values[k])}`, inside, colour[signs[k]]);
  });
  const length = norm(g);
  if (length) plane.arrow(w, w.map((each, i) => each - (g[i] / length) * Math.min(1.2, length)), "text", { width: 3 });
  if (end) plane.dots([end], "text", { fill: false, size: 6 });
  const [u] = vectors, at = (a) => w.map((each, i) => each + a * u[i]);
  slice.line(ALONG.map((a) => [a, surface.loss(at(a)) - loss]), "text");
  slice.line(ALONG.map((a) => [a, model(at(a)) - loss]), "purple", { dash: [5, 4] });
  slice.dots([[0, 0]], "vermilion", { size: 5 });
}

// segments that meet, as long lines: a dash would begin anew at each of them
function joined(segments) {
  const key = ([x, y]) => `${Math.round(x * 1e7)} ${Math.round(y * 1e7)}`, at = new Map(), left = new Set(segments);
  for (const each of segments) {
    for (const end of each) {
      const there = at.get(key(end));
      if (there) there.push(each);
      else at.set(key(end), [each]);
    }
  }
  const follow = (line) => {
    for (let last = key(line.at(-1)), next; (next = at.get(last).find((each) => left.delete(each))); last = key(line.at(-1))) {
      line.push(next[key(next[0]) === last ? 1 : 0]);
    }
    return line.reverse();
  };
  return segments.flatMap((each) => (left.delete(each) ? [follow(follow([...each]))] : []));
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
