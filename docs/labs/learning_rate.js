import { descend, optimizers, schedules, surfaces } from "./arithmetic.js";

const RINGS = [0.1, 0.3, 0.5, 0.7, 0.9, 1.1]; // of the level lines, across the valley
const ROUND = Array.from({ length: 241 }, (_, i) => (i * Math.PI) / 120);
const GOAL = 0.01, BETA = 0.9, BELOW = -9;
const LOOK = [
  { name: "SGD", rule: () => optimizers.sgd(), colour: "text", dash: [14, 5] },
  { name: "momentum", rule: () => optimizers.sgd({ momentum: BETA }), colour: "blue", dash: [7, 4] },
  { name: "Adagrad", rule: () => optimizers.adagrad(), colour: "green", dash: [8, 3, 2, 3] },
  { name: "RMSProp", rule: () => optimizers.rmsprop(), colour: "purple", dash: [2, 4] },
  { name: "Adam", rule: () => optimizers.adam(), colour: "vermilion", dash: [] },
];

export function run({ angle, factor, schedule, updates }, { kappa, start: own, rates, race }) {
  const turn = (angle * Math.PI) / 180, c = Math.cos(turn), s = Math.sin(turn);
  const valley = surfaces.ravine(kappa, turn), place = ([along, across]) => [along * c - across * s, along * s + across * c];
  const start = place(own), whole = Math.hypot(...own);
  const racers = LOOK.map(({ name, rule }) => {
    const lr = factor * rates[name][angle / 7.5];
    const path = descend(valley, start, rule(), { lr, updates: race, schedule: schedules[schedule] });
    const left = path.points.map((w) => Math.hypot(...w) / whole), last = left.length - 1;
    const now = Math.min(updates, last), there = left.findIndex((each) => each <= GOAL);
    return {
      ...path,
      left,
      shown: {
        end: path.points[now],
        left: left[now],
        there: there < 0 || there > updates ? null : there,
        rates: path.rates[Math.min(Math.max(now - 1, 0), path.rates.length - 1)],
        lost: left[now] > 1,
      },
    };
  });
  const shown = Object.fromEntries(racers.map((each, i) => [LOOK[i].name, each.shown]));
  return { racers, valley, place, kappa, start, shown };
}

export function draw([plane, fall, rates], { racers, valley, place, kappa, start }, { updates }) {
  const long = Math.sqrt(kappa), ring = (r) => ROUND.map((a) => place([r * long * Math.cos(a), r * Math.sin(a)]));
  plane.lines(RINGS.map(ring), "muted", { width: 0.8 });
  fall.line([[updates, -9], [updates, 9]], "muted", { dash: [2, 4], width: 1.5 });
  const h = valley.hessian();
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
