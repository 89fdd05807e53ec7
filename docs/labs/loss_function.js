import { descend, norm, optimizers } from "./arithmetic.js";

const REST = -1000; // the third logit, out of the game
const LOSSES = ["cross_entropy", "squared_error"];
const LOOK = [{ colour: "blue", dash: [] }, { colour: "vermilion", dash: [7, 4] }];

export const surfaces = {
  // over logits, with the class `target` true; written as the package does, so that a confidently
  // right or wrong corner keeps its tiny slope
  cross_entropy: (target = 0) => ({
    loss: (z) => {
      const top = Math.max(...z.filter((_, k) => k !== target));
      const others = z.reduce((sum, each, k) => (k === target ? sum : sum + Math.exp(each - top)), 0);
      const margin = top + Math.log(others) - z[target];
      return Math.max(margin, 0) + Math.log1p(Math.exp(-Math.abs(margin)));
    },
    gradient: (z) => miss(softmax(z), target),
  }),
  squared_error: (target = 0) => ({
    loss: (z) => miss(softmax(z), target).reduce((sum, e) => sum + e * e, 0),
    gradient: (z) => {
      const p = softmax(z), e = miss(p, target);
      return p.map((each, k) => 2 * each * p.reduce((sum, q, j) => sum + q * (e[k] - e[j]), 0));
    },
  }),
};

export function softmax(z) {
  const top = Math.max(...z), parts = z.map((each) => Math.exp(each - top));
  const sum = parts.reduce((a, b) => a + b);
  return parts.map((each) => each / sum);
}

function miss(p, target) { // p − t; 1 − p would round off where p is near one
  const others = p.reduce((sum, each, k) => (k === target ? sum : sum + each), 0);
  return p.map((each, k) => (k === target ? -others : each));
}

export function run({ z1, z2, eta, updates }) {
  const start = [z1, z2, REST], paths = [], shown = { sure: softmax(start)[0] };
  for (const name of LOSSES) {
    const surface = surfaces[name](0);
    const { points, losses } = descend(surface, start, optimizers.sgd(), { lr: eta, updates });
    const end = points[updates];
    paths.push(points);
    shown[name] = {
      end: end.slice(0, 2),
      moved: norm(end.map((each, i) => each - start[i])),
      loss: [losses[0], losses[updates]],
      slope: [start, end].map((z) => norm(surface.gradient(z))),
      sure: softmax(end)[0],
    };
  }
  return { paths, shown };
}

export function draw(pens, { paths, shown }, { z1, z2 }) {
  pens.forEach((pen, i) => {
    const { colour, dash } = LOOK[i], { end, moved, slope } = shown[LOSSES[i]];
    pen.line(paths[i], "page", { width: 6 });
    pen.line(paths[i], colour, { dash, width: 3 });
    if (moved > 0.8) {
      const back = end.map((each, k) => each - (k ? -0.1 : 0.1));
      pen.arrow(back, end, colour, { width: 1, head: 12 });
    } else pen.text(moved < 0.1 ? "stays" : "hardly moves", [z1, z2], colour, [z1 > 3 ? -100 : 14, z2 > 0 ? 22 : -14]);
    pen.text(`slope ${round(slope[0])}`, [10, 10], colour, [0, -12]); // beside the title
  });
}

export function say({ shown: { sure, cross_entropy: ours, squared_error: theirs } }, { updates }) {
  const from = sure < 0.1 ? "Sure and wrong" : sure > 0.9 ? "Sure and right" : "Undecided";
  const ratio = ours.slope[0] / theirs.slope[0]; // less than 1 close to the diagonal
  const steep = Math.abs(ratio - 1) < 0.005 ? "as steep as"
    : ratio > 1 ? `${round(ratio)} times as steep as` : `${round(1 / ratio)} times less steep than`;
  return `${from}: the true class starts with ${chance(sure)}, and cross-entropy is ${steep} squared ` +
    `error. In ${updates} updates cross-entropy ${tale(ours)}; squared error ${tale(theirs)}: ` +
    `${lesson(sure, ours, theirs)}.`;
}

const tale = ({ moved, sure }) => `moves ${round(moved)}, to ${chance(sure)}`;
const chance = (p) => (p > 0.9995 ? "p\u00a0>\u00a00.999" : `p\u00a0=\u00a0${round(p)}`);

function lesson(sure, ours, theirs) {
  if (sure > 0.9) return "little is left to learn";
  if (theirs.sure > 0.5) return ours.sure > 0.5 ? "both get there" : "cross-entropy is not there yet";
  if (ours.sure <= 0.5) return "neither gets there yet";
  return theirs.moved < 0.1 ? "it is stuck" : "it is not there yet";
}

const UP = "⁰¹²³⁴⁵⁶⁷⁸⁹";

function round(value) {
  if (!value || (value >= 1e-3 && value < 1e4)) return Number(value.toPrecision(3)).toString();
  const [digits, power] = value.toExponential(1).split("e");
  return `${digits}\u00a0×\u00a010${power.replace("-", "⁻").replace("+", "").replace(/\d/g, (d) => UP[d])}`;
}

export const press = {
  wrong: () => ({ z1: -10, z2: 10 }),
  less: () => ({ z1: -2.5, z2: 2.5 }),
  undecided: () => ({ z1: 0, z2: 0 }),
};
