// A process that repeats a scenario and reports what it holds meanwhile:
// `node --expose-gc leaking.js <scenario> <iterations> <parts> <nothing|everything> <address>…`. The nodes run elsewhere, so that
// everything held here is the client's.

import { connect, type Socket } from "node:net";
import { type Footprint, footprint } from "./footprint.ts";
import type { Report } from "./growth.ts";
import { type Scenario, scenarios } from "./scenarios.ts";

const [name = "", iterations = "", parts = "", keeping = "", ...addresses] = process.argv.slice(2);
/** Never aborted: it is shared by calls that come and go. */
const { signal } = new AbortController();
const kept: unknown[] = [];
const sockets: Socket[] = [];

/** Leaks something of every kind, to test that it is noticed. */
function leak(): void {
  kept.push(Buffer.alloc(1_000, "s").toString(), setTimeout(() => {}, 3_600_000).unref());
  signal.addEventListener("abort", () => {});
  const [host = "", port = ""] = addresses[0]?.split(":") ?? [];
  // A few sockets are enough.
  if (kept.length % 50 === 0) sockets.push(connect(Number(port), host));
}

type Course = Pick<Report, "done" | "inSecondHalf" | "during">;

/** Runs the scenario, until its clients are closed. */
async function course({ begin }: Scenario): Promise<Course> {
  const session = begin(addresses, signal);
  const during: Footprint[] = [];
  let done = 0;
  let middle = 0;
  for (let part = 1; part <= Number(parts); part++) {
    while (done < (Number(iterations) * part) / Number(parts)) {
      const more = await session.round();
      if (keeping === "everything") for (let n = 0; n < more; n++) leak();
      done += more;
    }
    during.push(await footprint(session.clients, signal));
    if (part === Number(parts) / 2) middle = done;
  }
  await Promise.all(session.clients.map((client) => client.close()));
  return { done, inSecondHalf: done - middle, during };
}

async function report(): Promise<Report> {
  const scenario = scenarios[name];
  if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
  // Streams are created on first use.
  for (const stream of [process.stdout, process.stderr]) stream.write("");
  const before = await footprint([], signal);
  const between = await course(scenario);
  return { ...between, before, after: await footprint([], signal) };
}

console.log(JSON.stringify(await report()));
// Open sockets would keep the process alive.
for (const socket of sockets) socket.destroy();
