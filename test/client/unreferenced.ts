// A process that uses a client after `unref()` and then has nothing left to do: `unreferenced.js <address> <use>`. It prints a
// line for each thing that it has seen, and does not close the client.

import { Disque } from "../../src/index.ts";

const USES: Readonly<Record<string, (disque: Disque) => Promise<void>>> = {
  "never connected": async () => {},
  "after calls": async (disque) => {
    await disque.addJob("q", "body");
    await disque.getJob("q");
    await disque.getJob("q", { timeout: 1 });
    console.log("called");
  },
  "after a worker": async (disque) => {
    const worker = disque.work("q", () => console.log("handled"));
    await disque.addJob("q", "body");
    await new Promise((resolve) => worker.once("done", resolve));
    await worker.stop();
  },
  "after a loop over jobs": async (disque) => {
    await disque.addJob("q", "body");
    for await (const job of disque.jobs("q")) {
      console.log(job.text());
      break;
    }
  },
  "after a call that found no node": async () => {
    const disque = new Disque("127.0.0.1:1", { failoverTimeout: 50 });
    disque.unref();
    await disque.ping().catch(() => console.log("rejected"));
  },
  "during a call": async (disque) => {
    await disque.connect();
    console.log("waiting");
    const jobs = await disque.getJob("q");
    console.log(`${jobs.length} job`);
  },
  "during a call that connects": async (disque) => {
    console.log("waiting");
    console.log(await disque.ping());
  },
  "with a worker": async (disque) => {
    disque.work("q", (job) => console.log(job.text()));
    await disque.connect();
    console.log("waiting");
  },
  "after ref()": async (disque) => {
    await disque.ping();
    disque.ref();
    console.log("waiting");
  },
};

const [address = "", use = ""] = process.argv.slice(2);
const disque = new Disque(address);
disque.unref();
await USES[use]?.(disque);
