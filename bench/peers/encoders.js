// How each client turns a command into what it gives to its socket.

import { createRequire } from "node:module";
import { CommandEncoder } from "../../dist/resp/index.js";

const load = createRequire(import.meta.url);

/** @typedef {(string | Buffer)[]} Command */
/** @typedef {string | Uint8Array} Part */

/**
 * @typedef {object} EncoderContender
 * @property {string} name
 * @property {boolean} [ours]
 * @property {(commands: readonly Command[]) => (take: (part: Part) => void) => void} create Prepares what a client
 * prepares outside of its encoder; the result encodes all commands once and hands over the parts, in order.
 */

/** @type {EncoderContender[]} */
export const encoders = [
  {
    name: "disque",
    ours: true,
    create(commands) {
      const encoder = new CommandEncoder();
      return (take) => {
        for (const command of commands) encoder.add(command);
        for (const chunk of encoder.take()) take(chunk);
      };
    },
  },
  commandClass("ioredis"),
  commandClass("iovalkey"),
  {
    name: "node-redis",
    create(commands) {
      const { default: encodeCommand } = load("@redis/client/dist/lib/RESP/encoder.js");
      return (take) => {
        for (const command of commands) for (const part of encodeCommand(command)) take(part);
      };
    },
  },
  {
    name: "thunk-disque",
    create(commands) {
      const { encodeRequest } = load("respjs");
      return (take) => {
        for (const command of commands) take(encodeRequest(command));
      };
    },
  },
];

/**
 * Its command objects are made before: they hold much more than the encoding needs, such as the promise.
 *
 * @param {"ioredis" | "iovalkey"} name
 * @returns {EncoderContender}
 */
function commandClass(name) {
  return {
    name,
    create(commands) {
      const { Command } = load(name);
      const made = commands.map(([command, ...args]) => new Command(command, args));
      return (take) => {
        for (const command of made) take(command.toWritable());
      };
    },
  };
}
