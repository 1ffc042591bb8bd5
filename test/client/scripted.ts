// A scripted server that a client accepts as a Disque node.

import { sleep } from "../../src/resp/timers.ts";
import { ScriptedServer, type ScriptedServerOptions } from "../support/scripted-server.ts";

export const NODE_ID: string = "0123abcd".padEnd(40, "0");
export const AT_LEAST_ONCE = "D-0123abcd-ABCDEFGHIJKLMNOPQRSTUVWX-05a1";
export const AT_MOST_ONCE = "D-0123abcd-ABCDEFGHIJKLMNOPQRSTUVWX-05a0";

export function bulk(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
}

export function array(...items: string[]): string {
  return `*${items.length}\r\n${items.join("")}`;
}

export const HELLO: string = array(
  ":1\r\n",
  bulk(NODE_ID),
  array(bulk(NODE_ID), bulk(""), bulk("7711"), bulk("1")),
);

/** The reply to a GETJOB with these jobs. */
export function jobs(...ids: string[]): string {
  return array(...ids.map((id) => array(bulk("mail"), bulk(id), bulk("body"))));
}

export interface ScriptedNode extends AsyncDisposable {
  readonly server: ScriptedServer;
  /** The arguments of `new Disque`. */
  readonly address: string;
}

/** Answers HELLO like a node, and other commands with what `answer` returns; `""` sends nothing, so the test may reply. */
export async function scriptedNode(
  answer: (command: string[]) => string = () => "",
  options: ScriptedServerOptions = {},
): Promise<ScriptedNode> {
  const server = await ScriptedServer.start({
    ...options,
    answer: (command) => (command[0] === "HELLO" ? HELLO : answer(command)),
  });
  const { host, port } = server.endpoint;
  return {
    server,
    address: `${host}:${port}`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** The reason with which the promise rejects. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`resolved with ${String(value)}`);
    },
    (reason: unknown) => reason,
  );
}

/** Polls until the condition holds. The test's own timeout is the limit. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; !(await holds()); turn++) {
    // What takes longer than some turns of the event loop must not keep a core busy.
    if (turn < 100) await new Promise((resolve) => setImmediate(resolve));
    else await sleep(1, undefined);
  }
}

/** Nothing listens on this port: ephemeral ports start higher. */
export const NOBODY = "127.0.0.1:1";
