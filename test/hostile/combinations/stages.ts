// The stages at which a node answers wrongly. A stage decides for each command of each connection.

import { AT_LEAST_ONCE, array, bulk, HELLO } from "../../client/scripted.ts";
import type { Answer } from "./answers.ts";

/** What the node knows when a command arrives. */
export interface Moment {
  readonly command: readonly string[];
  /** The number of the connection, and of the command among those of its name on that connection, both from 1. */
  readonly connection: number;
  readonly count: number;
}

export interface Stage {
  /** The wrong answer is sent before any command arrives. */
  readonly greeting?: true;
  /** Whether this command gets the wrong answer. */
  readonly isHurt: (moment: Moment) => boolean;
  /** Sent before the wrong answer, or instead of the right one. */
  readonly otherwise?: (moment: Moment) => Answer | undefined;
  /** An additional call that is needed to reach the stage. */
  readonly meanwhile?: "getJob" | "addJob" | "pings";
}

const HANDSHAKE = ["AUTH", "HELLO", "CLIENT"];

function isCall({ command: [verb = ""] }: Moment): boolean {
  return !HANDSHAKE.includes(verb);
}

export const STAGES: Readonly<Record<string, Stage>> = {
  "when it is connected to": { greeting: true, isHurt: () => false },
  "to AUTH": { isHurt: ({ command }) => command[0] === "AUTH" },
  "to HELLO": { isHurt: ({ command }) => command[0] === "HELLO" },
  "to CLIENT SETNAME": { isHurt: ({ command }) => command[0] === "CLIENT" },
  "to the first command": { isHurt: (moment) => isCall(moment) && moment.count === 1 },
  "to each command": { isHurt: isCall },
  "to a GETJOB that waits": {
    isHurt: ({ command }) => command[0] === "GETJOB" && !command.includes("NOHANG"),
    meanwhile: "getJob",
  },
  "to an ADDJOB": { isHurt: ({ command }) => command[0] === "ADDJOB", meanwhile: "addJob" },
  "to the HELLO of a refresh": {
    isHurt: ({ command, count }) => command[0] === "HELLO" && count > 1,
    meanwhile: "pings",
  },
  "after it was reconnected to": {
    isHurt: ({ command, connection }) => connection > 1 && command[0] !== "AUTH",
    otherwise: (moment) =>
      moment.connection === 1 && isCall(moment) ? (socket) => void socket.destroy() : undefined,
  },
  "behind a right reply": { isHurt: (moment) => isCall(moment), otherwise: rightAnswer },
};

/** What a healthy node answers. */
export function rightAnswer({ command }: Moment): string {
  const [verb = "", second = ""] = command;
  const answer = RIGHT[verb] ?? RIGHT[`${verb} ${second}`];
  return answer ?? ":1\r\n";
}

const RIGHT: Readonly<Record<string, string>> = {
  AUTH: "+OK\r\n",
  "CLIENT SETNAME": "+OK\r\n",
  HELLO,
  PING: "+PONG\r\n",
  INFO: bulk("# Server\r\nversion:1\r\n"),
  ADDJOB: `+${AT_LEAST_ONCE}\r\n`,
  GETJOB: "*-1\r\n",
  SHOW: "$-1\r\n",
  QSTAT: "*-1\r\n",
  QPEEK: "*0\r\n",
  PAUSE: "+in\r\n",
  JSCAN: array(bulk("0"), array()),
  "CLUSTER NODES": bulk(`${"0123abcd".padEnd(40, "0")} :7711 myself 0 0 connected\n`),
};
