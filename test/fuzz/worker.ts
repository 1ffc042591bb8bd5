import { parentPort, workerData } from "node:worker_threads";
import { type Range, runCases } from "./fuzz.ts";
import { targetOf } from "./targets.ts";

const { progress, ...range }: Range & { readonly progress: Int32Array } = workerData;

const outcome = await runCases(targetOf(range.target), range, (number) => {
  Atomics.store(progress, 0, number);
});
parentPort?.postMessage(outcome);
