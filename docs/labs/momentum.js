import { descend, eigenpairs, levelLines, optimizers, surfaces } from "./arithmetic.js";

const START = [-0.9, 0.9], UPDATES = 100, REACH = 1.5;
const EDGE = 1e-9; // rounding: on the edge of stability the rate is 1, not a hair beside it
const LEVELS = [0.1, 0.3, 0.5, 0.7, 0.9].map((along) => along ** 2 / 2);

export function run({ eta, beta, kappa }) {
  const curvatures = [1 / kappa, 1], steps = curvatures.map((curvature) => eta * curvature);
  const bowl = surfaces.quadratic(curvatures);
  const { points, diverged } = descend(bowl, START, optimizers.sgd({ momentum: beta }), { lr: eta, updates: UPDATES });
  const theory = Math.max(...steps.map((step) => radius(step, beta)));
  const measured = Math.max(...steps.map((step) => measuredRate(step, beta)));
  const end = points[points.length - 1];
  const manner = steps.map((step) => behaviour(step, beta));
  return { points, bowl, steps, manner, shown: { end, theory, measured, diverged, manner } };
}

// Momentum on a quadratic, as trainingtips.momentum: `step` is ηλ.

export function radius(step, beta) {
  const middle = 1 + beta - step, square = middle ** 2 - 4 * beta;
  return square < 0 ? Math.sqrt(beta) : (Math.abs(middle) + Math.sqrt(square)) / 2;
}

// the error kept per update, by iterating and without the formula
export function measuredRate(step, beta, updates = 4000) {
  let theta = 1, moved = 0, log = 0;
  for (let t = 1; t <= updates; t += 1) {
    moved = beta * moved + step * theta;
    theta -= moved;
    if (t % 16) continue;
    const size = Math.max(Math.abs(theta), Math.abs(moved));
    if (!size) return 0;
    if (t > updates / 2) log += Math.log(size); // rescaled on the way, so that nothing overflows
    theta /= size;
    moved /= size;
  }
  return Math.exp(log / (updates / 2));
}

// how one direction goes; the slider's steps are too coarse to meet the critical curve exactly
function behaviour(step, beta) {
  if (step > 2 + 2 * beta + EDGE) return "diverges";
  if (Math.abs(beta - (1 - Math.sqrt(step)) ** 2) <= 0.005) return "is critically damped";
  if (step > (1 + Math.sqrt(beta)) ** 2) return "jumps from side to side";
  return beta > (1 - Math.sqrt(step)) ** 2 ? "swings" : "creeps";
}

export function draw([map, bowl], { points, bowl: surface, steps }, { eta, beta, kappa }) {
  map.line([[eta, beta], [eta / kappa, beta]], "text", { dash: [2, 4], width: 1.5 });
  const [x, y] = map.at([eta / kappa, beta]);
  map.paint((brush) => {
    brush.moveTo(x, y - 7);
    for (const [right, down] of [[7, 0], [0, 7], [-7, 0]]) brush.lineTo(x + right, y + down);
  }, "blue", { fill: true, over: true });
  bowl.lines(levelLines([0, 0], [0, 0], eigenpairs(surface.hessian()), LEVELS, REACH), "muted", { width: 1 });
  bowl.line(points, "vermilion", { width: 1.5 });
  bowl.dots(points, "vermilion", { size: 2.5 });
  bowl.dots([START], "blue", { size: 5 });
}

export function say({ manner: [flat, steep], shown: { theory, measured, diverged } }, { eta, beta, kappa }) {
  const verdict = theory > 1 + EDGE ? "it diverges" : theory > 1 - EDGE ? "it makes no progress" : "it is stable";
  const same = flat === steep ? `each direction ${flat}` : `the steep direction ${steep}, the flat one ${flat}`;
  return `With η = ${eta}, β = ${beta} and κ = ${kappa} ${verdict}: ${same}. ` +
    `An update keeps ${theory.toFixed(3)} of the error by theory, ${measured.toFixed(3)} measured.`;
}

export const press = {
  plain: ({ kappa }) => ({ eta: 2 / (1 + 1 / kappa), beta: 0 }),
  best: ({ kappa }) => {
    const root = Math.sqrt(kappa);
    return { eta: (2 * root / (root + 1)) ** 2, beta: ((root - 1) / (root + 1)) ** 2 };
  },
};
