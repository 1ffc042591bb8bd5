import { channel } from "node:diagnostics_channel";
import { Disque } from "../../dist/index.js";
import { Connection } from "../../dist/resp/index.js";
import { QUEUE } from "../sockets/commands.js";
import { generic } from "./generic.js";

/**
 * @param {import("./clients.js").Target} target
 * @returns {Promise<import("./clients.js").Client>}
 */
export async function ours({ port, dialect }) {
  const disque = new Disque(`127.0.0.1:${port}`);
  await disque.connect();
  if (dialect === "redis") {
    return generic(
      dialect,
      ([name, ...args]) => disque.call(String(name), ...args),
      () => disque.destroy(),
    );
  }
  return client(disque, (body) => disque.addJob(QUEUE, body));
}

/**
 * What the features of a call cost that one need not use.
 *
 * @param {import("./clients.js").Target} target
 * @param {import("../../dist/index.js").AddJobOptions} options
 * @param {boolean} [traced] Somebody listens to each command.
 * @returns {Promise<import("./clients.js").Client>}
 */
export async function oursWith({ port }, options, traced = false) {
  if (traced) {
    for (const event of ["start", "end", "asyncStart", "asyncEnd", "error"]) {
      channel(`tracing:disque:command:${event}`).subscribe(() => {});
    }
  }
  const disque = new Disque(`127.0.0.1:${port}`);
  await disque.connect();
  return client(disque, (body) => disque.addJob(QUEUE, body, options));
}

/**
 * What `disque/resp` costs alone: a connection, without the client above it.
 *
 * @param {import("./clients.js").Target} target
 * @returns {Promise<import("./clients.js").Client>}
 */
export async function oursOnConnection({ port, dialect }) {
  const connection = await Connection.open({ host: "127.0.0.1", port });
  return generic(
    dialect,
    (command) => connection.send(command),
    () => connection.end(),
  );
}

/**
 * @param {Disque} disque
 * @param {(body: string | Buffer) => Promise<string>} add
 * @returns {import("./clients.js").Client}
 */
function client(disque, add) {
  return {
    add: (body, done, failed) => {
      add(body).then(done, failed);
    },
    get: (count) => disque.getJob(QUEUE, { count, nohang: true }),
    ack: (jobs) => disque.ackJob(...jobs),
    body: (job) => job.body,
    end: () => disque.destroy(),
  };
}
