import { kept, norm } from "./arithmetic.js";
import { normal, random } from "./chance.js";

const LAYERS = 40;

// {value, slope} of a unit; GELU in the form with tanh, as torch's approximate="tanh"
export const units = {
  relu: { value: (h) => Math.max(0, h), slope: (h) => (h > 0 ? 1 : 0) },
  tanh: { value: Math.tanh, slope: (h) => 1 - Math.tanh(h) ** 2 },
  gelu: {
    value: (h) => (h / 2) * (1 + bent(h)),
    slope: (h) => (1 + bent(h) + h * (1 - bent(h) ** 2) * Math.sqrt(2 / Math.PI) * (1 + 0.134145 * h * h)) / 2,
  },
};
const bent = (h) => Math.tanh(Math.sqrt(2 / Math.PI) * (h + 0.044715 * h ** 3));

export function run({ activation, gain, depth, width, seed }, given) {
  const unit = units[activation];
  const theory = recursion(unit, gain), found = drawn(unit, gain, depth, width, drawings(width, seed, given));
  const signal = theory.squares.slice(0, depth + 1), gradient = [1];
  for (let l = depth - 1; l > 0; l -= 1) gradient.unshift(gradient[0] * theory.slopes[l]);
  const ends = (all) => ({ signal: all.signal[depth], gradient: all.gradient[0] });
  const deep = { signal: theory.squares[LAYERS] / theory.squares[LAYERS - 1], gradient: theory.slopes[LAYERS] };
  return { signal, gradient, found, shown: { theory: ends({ signal, gradient }), drawn: ends(found), deep } };
}

// Mean-field theory: squares[l], the mean square of layer l's sums, of inputs of mean square one; and
// slopes[l], by which the gradient's mean square is multiplied from layer l + 1 back to l.
export function recursion({ value, slope }, gain) {
  const squares = [1], slopes = [];
  for (let l = 0; l <= LAYERS; l += 1) {
    const size = Math.sqrt(squares[l]);
    slopes.push(gain ** 2 * gaussian((z) => slope(size * z) ** 2));
    squares.push(gain ** 2 * (l ? gaussian((z) => value(size * z) ** 2) : 1)); // the input goes in as it is
  }
  return { squares, slopes };
}

// E f(z) of a standard normal z by the midpoint rule, with z = sinh(t)/5 so that nodes are dense at
// zero: all digits for a smooth f, and for ReLU, whose bend lies between two nodes; three for GELU of
// large signals, which is nearly ReLU
export function gaussian(f) {
  let sum = 0;
  for (const [z, weight] of NODES) sum += weight * f(z);
  return sum;
}

const NODES = Array.from({ length: 180 }, (_, i) => {
  const t = (i - 89.5) / 20, z = Math.sinh(t) / 5;
  return [z, (Math.cosh(t) * Math.exp((-z * z) / 2)) / Math.sqrt(2e4 * Math.PI)];
});

// Standard normal numbers: an input of mean square one, each layer's matrix, the gradient at the end
const drawings = kept((n, seed) => {
  const draw = random(seed), row = (length) => Float64Array.from({ length }, () => normal(draw));
  const [input, back] = [row(n), row(n)].map((each) => each.map((x) => (x * Math.sqrt(n)) / norm(each)));
  return { input, back, layers: Array.from({ length: LAYERS }, () => row(n * n)) };
});

// One network of them: the mean squares of each layer's sums, the input's first, and of the gradient
// in each layer's sums, over that in the last.
function drawn({ value, slope }, gain, depth, n, { input, back, layers }) {
  const scale = gain / Math.sqrt(n), square = (each) => norm(each) ** 2 / n;
  const sums = [input], signal = [1];
  for (let l = 0; l < depth; l += 1) {
    const a = l ? sums[l].map(value) : input, h = new Float64Array(n);
    for (let i = 0; i < n; i += 1) {
      let sum = 0;
      for (let j = 0; j < n; j += 1) sum += layers[l][i * n + j] * a[j];
      h[i] = scale * sum;
    }
    sums.push(h);
    signal.push(square(h));
  }
  let delta = back;
  const gradient = [1];
  for (let l = depth - 1; l > 0; l -= 1) {
    const next = new Float64Array(n);
    for (let i = 0; i < n; i += 1) for (let j = 0; j < n; j += 1) next[j] += layers[l][i * n + j] * delta[i];
    delta = next.map((each, j) => scale * each * slope(sums[l][j]));
    gradient.unshift(square(delta));
  }
  return { signal, gradient };
}

export function draw([layers, factors], { signal, gradient, found, shown: { deep } }, { gain, depth }) {
  const dots = (all, first) => all.map((each, l) => [l + first, Math.log10(each)]);
  layers.line([[depth, -20], [depth, 20]], "muted", { dash: [2, 4], width: 1.5 });
  factors.line([[gain, -20], [gain, 20]], "muted", { dash: [2, 4], width: 1.5 });
  layers.line(dots(signal, 0), "vermilion");
  layers.line(dots(gradient, 1), "blue", { dash: [7, 4], width: 2.5 });
  layers.dots(dots(found.signal, 0), "vermilion", { size: 3.5 });
  layers.dots(dots(found.gradient, 1), "blue", { size: 3.5, fill: false });
  factors.dots([[gain, Math.log10(deep.gradient)]], "blue", { size: 6, fill: false });
  factors.dots([[gain, Math.log10(deep.signal)]], "vermilion", { size: 4.5 });
}

export function say({ shown: { theory, drawn, deep } }, { gain, depth, width }) {
  const fate = (share) => (share < 0.1 ? "vanish" : share > 10 ? "explode" : "arrive");
  const [there, back] = ["signal", "gradient"].map((each) => fate(theory[each]));
  const verdict = there === back ? `signal and gradient ${there}` : `the signal ${there}s, the gradient ${back}s`;
  const both = (all) => `${share(all.signal)} and ${share(all.gradient)}`;
  return `Weights of variance ${(gain ** 2).toFixed(2)}/n: over ${depth} layers ${verdict}. Their mean squares end as ${both(theory)} of ` +
    `what they were by theory, in this network of ${width} units as ${both(drawn)}. A layer deep in takes them times ` +
    `${deep.signal.toFixed(2)} and ${deep.gradient.toFixed(2)}.`;
}

function share(value) {
  if (value === 0) return "nothing";
  if (value >= 0.01 && value < 1000) return Number(value.toPrecision(2)).toString();
  const [digits, power] = value.toExponential(0).split("e");
  return `${digits} × 10${[...power].map((each) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(each)]).join("")}`;
}

export const press = {
  glorot: () => ({ gain: 1 }),
  he: () => ({ gain: Math.SQRT2 }),
  anew: ({ seed }) => ({ seed: seed + 1 }),
};
