import { kept, norm, surfaces } from "./arithmetic.js";
import { random } from "./chance.js";

const FLOOR = -3.2; // of the axis: a distance of nothing has no logarithm

export function run({ size, clock, ticks, seed }, given) {
  const { orders, full } = paths(size, clock, seed, given);
  const done = ({ times }) => times.filter((time) => time <= ticks + 1e-9).length - 1;
  const runs = orders.map((each) => {
    const updates = done(each);
    return { ...each, updates, end: each.points[updates], away: each.aways[updates] };
  });
  const [one, ...shadows] = runs, lone = { updates: done(full), away: full.aways[done(full)] };
  const middle = [0, 1].map((k) => mean(shadows, ({ end }) => end[k]));
  const shown = {
    updates: one.updates,
    end: one.end,
    away: one.away,
    mean: mean(shadows, ({ away }) => away),
    scatter: Math.sqrt(mean(shadows, ({ end }) => norm(end.map((each, k) => each - middle[k])) ** 2)),
    full: lone,
    cost: given.cost[clock][size - 1],
    nearer: runs.filter(({ away }) => away < lone.away).length,
  };
  return { one, shadows, full: { ...full, ...lone }, size, shown };
}

const mean = (all, of) => all.reduce((sum, each) => sum + of(each), 0) / all.length;

// The paths do not depend on where the clock stands: they are kept while it runs.
const paths = kept((size, clock, seed, given) => ({
  orders: Array.from({ length: given.runs }, (_, k) => walk(size, clock, random(given.runs * seed + k), given)),
  full: walk(given.rows.length, clock, random(0), given),
}));

// One run to the end of the clock, which an update of b examples moves by cost[clock][b − 1].
function walk(size, clock, draw, { rows, targets, minimum, start, lr, cost, ticks }) {
  const { gradient } = surfaces.regression(rows, targets), n = rows.length;
  const away = (w) => norm(w.map((each, k) => each - minimum[k]));
  const points = [start], times = [0], aways = [away(start)];
  for (let order, first = n, w = start; ; first += size) {
    if (first >= n) [order, first] = [shuffle(n, draw), 0];
    const batch = order.slice(first, first + size), time = times.at(-1) + cost[clock][batch.length - 1];
    if (time > ticks + 1e-9) return { points, times, aways };
    const g = gradient(w, batch);
    w = w.map((each, k) => each - lr * g[k]);
    points.push(w);
    times.push(time);
    aways.push(away(w));
  }
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

export function draw([plane, fall], { one, shadows, full, size }, { ticks }) {
  const until = ({ points, updates }) => points.slice(0, updates + 1);
  plane.lines(shadows.map(until), "vermilion", { width: 1, alpha: 0.35 });
  plane.dots(shadows.map(({ end }) => end), "vermilion", { size: 3, alpha: 0.8 });
  plane.line(until(one), "page", { width: 5, alpha: 0.7 });
  plane.line(until(one), "vermilion", { width: 2 });
  plane.line(until(full), "blue", { dash: [7, 4], width: 2.5 });
  plane.dots([full.points[full.updates]], "page", { size: 7 });
  plane.dots([full.points[full.updates]], "blue", { size: 6, fill: false });
  plane.dots([one.end], "page", { size: 7 });
  plane.dots([one.end], "vermilion", { size: 5.5 });
  const curve = (each) => until(each).map((_, i) => [each.times[i], Math.max(FLOOR, Math.log10(each.aways[i]))]);
  fall.line([[ticks, -9], [ticks, 0.4]], "muted", { dash: [2, 4], width: 1.5 });
  fall.lines(shadows.map(curve), "vermilion", { width: 1, alpha: 0.35 });
  fall.line(curve(one), "vermilion", { width: 2 });
  fall.line(curve(full), "blue", { dash: [7, 4], width: 2.5 });
  fall.dots([curve(full).at(-1)], "blue", { size: 5, fill: false });
  fall.dots([curve(one).at(-1)], "vermilion", { size: 4.5 });
}

export function say({ size, shown: { updates, away, mean, scatter, full, nearer, cost } }, { clock, ticks }) {
  const dear = size > 1 ? ` (one with ${size} takes ${cost.toFixed(2)} times as long)` : "";
  const by = clock === "examples" ? `After ${ticks} examples` : `In the time of ${ticks} updates with one example${dear}`;
  if (size === 20) {
    return `${by} the full batch has made ${count(full.updates)} and is ${round(full.away)} from the minimum. ` +
      "The order of the examples makes no difference: all twenty-one runs are one.";
  }
  const verdict = nearer === 21 ? "all twenty-one orders are nearer" : nearer ? `${nearer} of the 21 orders are nearer` : "it is nearer than any order";
  return `${by} batch ${size} has made ${count(updates)} and is ${round(away)} from the minimum; twenty other orders are ` +
    `${round(mean)} away in the mean and scatter by ${round(scatter)}. The full batch has made ${count(full.updates)} and is ` +
    `${round(full.away)} away: ${verdict}.`;
}

const count = (updates) => `${updates} update${updates === 1 ? "" : "s"}`;
const round = (value) => (value < 0.001 ? "less than 0.001" : value.toFixed(value < 0.1 ? 3 : 2));

// the first tick at which so many updates are done
const at = (updates, { size, clock, seed, ticks }, given) => {
  const { times } = paths(size, clock, seed, given).orders[0];
  return { ticks: updates < times.length ? Math.ceil(times[updates] - 1e-9) : ticks };
};

export const press = {
  update: (state, given) => at(run(state, given).shown.updates + 1, state, given),
  epoch: (state, given) => {
    const each = Math.ceil(given.rows.length / state.size);
    return at((Math.floor(run(state, given).shown.updates / each) + 1) * each, state, given);
  },
  shuffle: ({ seed }) => ({ seed: seed + 1 }),
};
