import { descend, eigenpairs, kept, levelLines, norm, optimizers, surfaces } from "./arithmetic.js";

const RINGS = [0.1, 0.3, 0.5, 0.7, 0.9, 1.1]; // where the level lines cross the steep axis
const REACH = 1.8;
const GOAL = 0.01, BETA = 0.9, BELOW = -9;
const LOOK = [
  { name: "SGD", rule: () => optimizers.sgd(), colour: "text", dash: [14, 5] },
  { name: "momentum", rule: () => optimizers.sgd({ momentum: BETA }), colour: "blue", dash: [7, 4] },
  { name: "Adagrad", rule: () => optimizers.adagrad(), colour: "green", dash: [8, 3, 2, 3] },
  { name: "RMSProp", rule: () => optimizers.rmsprop(), colour: "purple", dash: [2, 4] },
  { name: "Adam", rule: () => optimizers.adam(), colour: "vermilion", dash: [] },
];

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

export function run({ angle, factor, schedule, updates }, given) {
  const { paths, ...race } = whole(angle, factor, schedule, given);
  const racers = paths.map((path) => {
    const { points, rates, left } = path, there = left.findIndex((each) => each <= GOAL);
    const now = Math.min(updates, left.length - 1);
    const shown = {
      end: points[now],
      left: left[now],
      there: there < 0 || there > updates ? null : there,
      rates: rates[Math.min(Math.max(now - 1, 0), rates.length - 1)],
      lost: left[now] > 1,
    };
    return { ...path, shown };
  });
  const shown = Object.fromEntries(racers.map((each, i) => [LOOK[i].name, each.shown]));
  return { ...race, racers, shown };
}

// The race to its end, whatever of it is shown.
const whole = kept((angle, factor, schedule, { kappa, start: [along, across], rates, race }) => {
  const turn = (angle * Math.PI) / 180, c = Math.cos(turn), s = Math.sin(turn);
  const valley = surfaces.quadratic([1, kappa], turn), start = [along * c - across * s, along * s + across * c];
  const h = valley.hessian(), rises = RINGS.map((r) => (kappa * r * r) / 2);
  const paths = LOOK.map(({ name, rule }) => {
    const lr = factor * rates[name][angle / 7.5];
    const path = descend(valley, start, rule(), { lr, updates: race, schedule: schedules[schedule] });
    return { ...path, left: path.points.map((w) => norm(w) / norm(start)) };
  });
  return { paths, h, start, rings: levelLines([0, 0], [0, 0], eigenpairs(h), rises, REACH) };
});

export function draw([plane, fall, rates], { racers, rings, h, start }, { updates }) {
  plane.lines(rings, "muted", { width: 0.8 });
  fall.line([[updates, -9], [updates, 9]], "muted", { dash: [2, 4], width: 1.5 });
  [0, 1].forEach((k) => {
    const x = -Math.log10(h[k][k]);
    rates.line([[x, 0], [x, 5.6]], "muted", { dash: [2, 4], width: 1.5 });
    rates.text(`1/H${"₁₂"[k]}${"₁₂"[k]}`, [x, k ? 0 : 5.6], "text", k ? [5, -6] : [5, 14]);
  });
  racers.forEach(({ points, left, shown }, i) => {
    const { colour, dash } = LOOK[i], width = 2, row = 4.7 - 0.9 * i;
    plane.line(points.slice(0, updates + 1), colour, { dash, width });
    fall.line(left.slice(0, updates + 1).map((each, t) => [t, Math.max(BELOW, Math.log10(each))]), colour, { dash, width });
    const [one, two] = shown.rates.map((rate) => [Math.max(-3.5, Math.log10(rate)), row]);
    rates.line([one, two], colour, { width: 1.2 });
    rates.dots([one], colour, { size: 3.5 });
    rates.dots([two], colour, { size: 6.5, fill: false });
  });
  racers.forEach(({ shown }, i) => plane.dots([shown.end], LOOK[i].colour, { size: 4 }));
  plane.dots([start], "text", { size: 6, fill: false });
}

export function say({ shown }, { angle, updates }) {
  const all = Object.entries(shown), there = all.filter(([, { there }]) => there !== null);
  const lost = all.filter(([, { lost }]) => lost).map(([name]) => name);
  const rest = all.filter(([, each]) => each.there === null && !each.lost);
  const home = there.sort(([, a], [, b]) => a.there - b.there).map(([name, each]) => `${name} after ${each.there}`);
  const away = rest.map(([name, { left }], i) => `${name}${i ? "" : " has"} ${percent(left)}${i ? "" : " left"}`);
  const where = angle ? `Valley turned by ${angle}°` : "Valley along a weight";
  if (!updates) return `${where}: the five rules stand at the start.`;
  const first = home.length ? `${list(home)} updates ${home.length > 1 ? "have" : "has"} come to a hundredth of the distance` : "none has come to a hundredth of the distance";
  const behind = lost.length && `Farther away than at the start: ${list(lost)}.`;
  return [`${where}: ${first}.`, away.length && `After ${updates}, ${list(away)}.`, behind].filter(Boolean).join(" ");
}

const list = (all) => (all.length > 1 ? `${all.slice(0, -1).join(", ")} and ${all.at(-1)}` : all[0]);
const percent = (share) => `${Number((100 * share).toPrecision(2))}\u00a0%`;

export const press = {
  along: () => ({ angle: 0 }),
  turn: () => ({ angle: 45 }),
};
