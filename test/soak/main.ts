// npm run soak -- [--seconds N] [--seed S] [--on testing|real] [--rate JOBS] [--log FILE] [--sabotage KIND]
// The status is 0 if everything holds, else 1.

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { serverPath } from "../support/real-server.ts";
import { type AtMostOnceVerdict, holdsAtMostOnce } from "./at-most-once.ts";
import { holds, type Verdict } from "./checker.ts";
import { hasLoopbackNetwork, realStage } from "./real-stage.ts";
import { SABOTAGES } from "./sabotage.ts";
import { type Soak, soak } from "./soak.ts";
import { testingStage } from "./testing-stage.ts";

const DEFAULTS = { seconds: 30, rate: 200 };
/** How many bodies of each kind are shown. The history has all. */
const SHOWN = 10;

const { values } = parseArgs({
  options: {
    seconds: { type: "string" },
    seed: { type: "string" },
    on: { type: "string" },
    rate: { type: "string" },
    log: { type: "string" },
    sabotage: { type: "string" },
  },
});

const options: Soak = {
  seconds: positive("seconds", values.seconds) ?? DEFAULTS.seconds,
  seed: positive("seed", values.seed) ?? Math.ceil(Math.random() * 1_000_000),
  rate: positive("rate", values.rate) ?? DEFAULTS.rate,
  log: values.log ?? join(mkdtempSync(join(tmpdir(), "disque-soak-")), "history.jsonl"),
  sabotage: oneOf("sabotage", values.sabotage, SABOTAGES),
};
const where = oneOf("on", values.on, ["testing", "real"] as const) ?? bestStage();

{
  await using stage = await (where === "real" ? realStage(dirname(resolve(options.log))) : testingStage());
  console.log(`soak on ${stage.name}: seed ${options.seed}, ${options.seconds} s; history in ${options.log}`);
  const { verdict, atMostOnce, faults, stops } = await soak(stage, options);
  for (const [what, count] of faults) console.log(`${what} ${count}`);
  for (const [what, count] of stops) console.log(`${what} stopped ${count}`);
  print("", verdict);
  print("once ", atMostOnce);
  process.exitCode = holds(verdict) && holdsAtMostOnce(atMostOnce) ? 0 : 1;
}

function print(prefix: string, verdict: Verdict | AtMostOnceVerdict): void {
  for (const [name, value] of Object.entries(verdict)) {
    const bodies: readonly string[] = Array.isArray(value) ? value : [];
    console.log(`${prefix}${name} ${Array.isArray(value) ? value.length : value}`);
    for (const body of bodies.slice(0, SHOWN)) console.log(`  ${body}`);
  }
}

/** The real server, where there is one that can be put behind proxies. */
function bestStage(): "testing" | "real" {
  return serverPath !== null && hasLoopbackNetwork ? "real" : "testing";
}

function positive(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!(Number(text) > 0)) throw new RangeError(`--${name} must be a number above 0`);
  return Number(text);
}

function oneOf<Word extends string>(
  name: string,
  text: string | undefined,
  words: readonly Word[],
): Word | undefined {
  const word = words.find((one) => one === text);
  if (text !== undefined && word === undefined) throw new RangeError(`--${name}: one of ${words.join(", ")}`);
  return word;
}
