import { createRequire } from "node:module";
import { commands, QUEUE, TIMEOUT } from "../sockets/commands.js";
import { generic } from "./generic.js";

/**
 * The one other client for Disque that Node still runs. Its commands give thunks, which cost it less than promises would.
 *
 * @param {import("./clients.js").Target} target
 * @returns {Promise<import("./clients.js").Client>}
 */
export async function thunkDisque({ port, dialect, buffers }) {
  const client = createRequire(import.meta.url)("thunk-disque").createClient([`127.0.0.1:${port}`], {
    returnBuffers: buffers,
  });
  await new Promise((resolve) => client.once("connect", resolve));
  const end = () => client.clientEnd();
  // It has no generic call: only its connections send what is not Disque's.
  if (dialect === "redis") {
    return generic(
      dialect,
      ([name, ...args]) => promised(client._disqueState.connection.sendCommand(name, args)),
      end,
    );
  }
  const { jobs, body, get, ack } = commands.disque;
  return {
    add: (bytes, done, failed) => {
      client.addjob(
        QUEUE,
        bytes,
        TIMEOUT,
      )((/** @type {unknown} */ error) => (error ? failed(error) : done()));
    },
    get: async (count) => jobs(await promised(client.getjob(get(count).slice(1)))),
    ack: (fetched) => promised(client.ackjob(ack(fetched).slice(1))),
    body,
    end,
  };
}

/**
 * @param {(callback: (error: unknown, value: any) => void) => void} thunk
 * @returns {Promise<any>}
 */
function promised(thunk) {
  return new Promise((resolve, reject) => thunk((error, value) => (error ? reject(error) : resolve(value))));
}
