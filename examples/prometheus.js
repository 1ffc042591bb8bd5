// The metrics of a client in the format of Prometheus: `node examples/prometheus.js`.
//
// The counts and times of calls come from the channel `disque:command`, and the state of the nodes comes from `disque.nodes`.

import { tracingChannel } from "node:diagnostics_channel";
import { createServer } from "node:http";
import { Disque } from "disque";
import { TestServer } from "disque/testing";

/** Counts the calls and errors of each command, and the total time that its calls took. */
class Calls {
  /** @type {Map<string, { count: number, errors: number, seconds: number }>} */
  #commands = new Map();

  constructor() {
    /** @type {import("node:diagnostics_channel").TracingChannel<unknown, import("disque").CommandTrace>} */
    const channel = tracingChannel("disque:command");
    channel.subscribe({
      start() {},
      end() {},
      asyncStart() {},
      asyncEnd: ({ command, duration = 0, error }) => {
        const known = this.#commands.get(command) ?? { count: 0, errors: 0, seconds: 0 };
        known.count++;
        known.seconds += duration / 1000;
        if (error !== undefined) known.errors++;
        this.#commands.set(command, known);
      },
      error() {},
    });
  }

  *lines() {
    for (const [command, { count, errors, seconds }] of this.#commands) {
      const label = `{command="${command}"}`;
      yield `disque_calls_total${label} ${count}`;
      yield `disque_call_errors_total${label} ${errors}`;
      yield `disque_call_seconds_total${label} ${seconds}`;
    }
  }
}

/** @param {Disque} disque */
function* nodeLines(disque) {
  for (const { address, connected, priority, pending, calls, jobs, connects, losses } of disque.nodes) {
    const label = `{node="${address}"}`;
    yield `disque_node_connected${label} ${Number(connected)}`;
    yield `disque_node_priority${label} ${priority}`;
    yield `disque_node_pending${label} ${pending}`;
    yield `disque_node_commands_total${label} ${calls}`;
    yield `disque_node_jobs_total${label} ${jobs}`;
    yield `disque_node_connects_total${label} ${connects}`;
    yield `disque_node_losses_total${label} ${losses}`;
  }
}

const calls = new Calls();
const server = await TestServer.start();
const disque = new Disque(server.address);

const endpoint = createServer((_request, response) => {
  response.setHeader("content-type", "text/plain; version=0.0.4");
  response.end([...calls.lines(), ...nodeLines(disque), ""].join("\n"));
});
await new Promise((resolve) => endpoint.listen(0, "127.0.0.1", () => resolve(undefined)));
const address = endpoint.address();
const port = typeof address === "object" && address !== null ? address.port : 0;

for (const body of ["a", "b", "c"]) await disque.addJob("mail", body);
await disque.getJob("mail", { count: 3 });
await disque.call("NOSUCH").catch(() => {});

// Prometheus would send this request.
const response = await fetch(`http://127.0.0.1:${port}/metrics`);
console.log(await response.text());

endpoint.close();
endpoint.closeAllConnections();
await disque.close();
await server.stop();
