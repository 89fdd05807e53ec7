// All that the labs compute with, in one namespace: what they share, and what one of them needs.
import * as arithmetic from "../../docs/labs/arithmetic.js";
import { shuffle } from "../../docs/labs/batch.js";
import * as chance from "../../docs/labs/chance.js";
import { standardize } from "../../docs/labs/batch_norm.js";
import * as points from "../../docs/labs/critical_points.js";
import { schedules } from "../../docs/labs/learning_rate.js";
import * as losses from "../../docs/labs/loss_function.js";
import { measuredRate, radius } from "../../docs/labs/momentum.js";

const { classify, taylor } = points, { softmax } = losses;
const surfaces = { ...arithmetic.surfaces, ...points.surfaces, ...losses.surfaces };
export const js = {
  ...arithmetic, ...chance, surfaces, classify, measuredRate, radius, schedules, shuffle, softmax, standardize, taylor,
};
