// node --test tests/labs/, with VECTORS naming the file that `python -m tests.labs.vectors` wrote.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { js } from "./all.js";
import { compare, properties } from "./compare.js";

test("the arithmetic is torch's", () => {
  const cases = JSON.parse(readFileSync(process.env.VECTORS, "utf8"));
  assert.ok(cases.length >= 500, `only ${cases.length} cases`);
  assert.deepEqual(compare(js, cases), []);
});

test("properties", () => assert.deepEqual(properties(js), []));
