// A worker that SIGTERM ends without loss: `node examples/graceful-shutdown.js`.
//
// The library listens to no signals: what they are to do is the program's to say. Here the worker takes no new jobs, the
// handlers get a while to finish, and the jobs of those that do not are given back for another worker.

import { setTimeout as sleep } from "node:timers/promises";
import { Disque } from "disque";
import { TestServer } from "disque/testing";

const server = await TestServer.start();
const disque = new Disque(server.address);

const worker = disque.work(
  "videos",
  async (job, { signal }) => {
    console.log(`${job.text()}: begun`);
    // Whatever takes a signal ends at once when the time is up.
    await sleep(job.text() === "short video" ? 100 : 60_000, undefined, { signal });
  },
  { concurrency: 2 },
);
worker.on("done", (job) => console.log(`${job.text()}: done`));

process.once("SIGTERM", async () => {
  console.log("SIGTERM: no new jobs, and half a second to finish");
  await worker.stop({ timeout: 500 });
  console.log(`${await disque.qlen("videos")} videos wait for another worker`);
  await disque.close();
  await server.stop();
});

for (const video of ["short video", "long video", "third video"]) {
  await disque.addJob("videos", video, { retry: 600 });
}
while (worker.running < 2) await sleep(10);
// In place of whoever ends this process: `kill <pid>`, systemd, Kubernetes.
process.kill(process.pid, "SIGTERM");
