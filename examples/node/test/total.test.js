import assert from "node:assert/strict";
import { test } from "node:test";

import { total } from "../src/total.js";

test("a discount is rounded down", () => {
  assert.equal(total([199], 50), 99);
});
