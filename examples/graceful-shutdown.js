// A worker that stops on SIGTERM without losing a job: `node examples/graceful-shutdown.js`.
//
// The library does not listen for signals; the program decides what a signal does. Here, on SIGTERM, the worker fetches no new
// jobs, handlers get a second to finish, and the jobs of handlers that do not finish are given back for another worker. When
// everything is settled and closed, the process ends by itself.

import { setTimeout as sleep } from "node:timers/promises";
import { Disque } from "disque";
import { TestServer } from "disque/testing";

const server = await TestServer.start();
const disque = new Disque(server.address);

const worker = disque.work(
  "videos",
  async (job, { signal }) => {
    console.log(`${job.text()}: begun`);
    // When the time limit of `stop` has passed, this AbortSignal is aborted, which ends the wait.
    await sleep(job.text() === "short video" ? 300 : 60_000, undefined, { signal });
  },
  { concurrency: 2 },
);
worker.on("done", (job) => console.log(`${job.text()}: done`));
const busy = new Promise((resolve) => {
  worker.on("started", () => worker.running === 2 && resolve(worker));
});

process.once("SIGTERM", async () => {
  console.log("SIGTERM: no new jobs, and a second to finish");
  await worker.stop({ timeout: 1_000 });
  console.log(`${await disque.qlen("videos")} videos wait for another worker`);
  await disque.close();
  await server.stop();
});

for (const video of ["short video", "long video", "third video"]) {
  await disque.addJob("videos", video, { retry: 600 });
}
await busy;
// Usually systemd, Kubernetes or `kill <pid>` sends this signal.
process.kill(process.pid, "SIGTERM");
