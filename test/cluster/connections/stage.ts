// Connections to a server whose replies the test writes.

import assert from "node:assert/strict";
import {
  PersistentConnection,
  type PersistentConnectionOptions,
  type Submission,
} from "../../../src/cluster/connections/persistent-connection.ts";
import { type Argument, ClosedError, type DisqueError, type Reply } from "../../../src/resp/index.ts";
import { type Peer, ScriptedServer } from "../../support/scripted-server.ts";
import { connectTo } from "./links.ts";

export interface Stage extends AsyncDisposable {
  readonly server: ScriptedServer;
  readonly connection: PersistentConnection;
  /** The events of the connection: `open`, or the reason for its loss. */
  readonly reported: (string | DisqueError)[];
}

export async function stage(options: Partial<PersistentConnectionOptions> = {}): Promise<Stage> {
  const server = await ScriptedServer.start();
  const reported: (string | DisqueError)[] = [];
  const connection = new PersistentConnection({
    connect: connectTo(server.endpoint, { commandTimeout: 60_000 }),
    keepIdle: () => true,
    onOpen: () => reported.push("open"),
    onLost: (error) => reported.push(error),
    ...options,
  });
  return {
    server,
    connection,
    reported,
    async [Symbol.asyncDispose]() {
      connection.destroy(new ClosedError("the test is over"));
      await server[Symbol.asyncDispose]();
    },
  };
}

/** A submitted command whose outcome is a promise. */
export class TestSubmission implements Submission {
  readonly command: readonly Argument[];
  readonly timeout: number = 60_000;
  readonly reply: Promise<Reply>;
  isCancelled = false;
  submissions = 0;
  onReply: (reply: Reply) => void = () => {};
  onFailure: (reason: unknown) => void = () => {};

  constructor(...command: readonly Argument[]) {
    this.command = command;
    this.reply = new Promise((resolve, reject) => {
      this.onReply = resolve;
      this.onFailure = reject;
    });
    // The caller that awaits the reply handles the rejection.
    this.reply.catch(() => {});
  }

  onSubmitted(): void {
    this.submissions++;
  }
}

/** Something to submit commands to. */
interface Submittable {
  submit(submission: Submission): void;
}

/** Submits a command. If it is refused at once, the promise rejects as well. */
export function send(to: Submittable, ...command: readonly Argument[]): Promise<Reply> {
  const submission = new TestSubmission(...command);
  try {
    to.submit(submission);
  } catch (error) {
    return Promise.reject(error);
  }
  return submission.reply;
}

/** Sends a PING on the first connection, and answers it. */
export async function used({ connection, server }: Stage): Promise<Peer> {
  const answer = send(connection, "PING");
  const peer = await server.accept();
  await peer.received(1);
  peer.write("+PONG\r\n");
  assert.equal(await answer, "PONG");
  return peer;
}

/** Sends another PING on the same connection, and answers it. */
export async function usedAgain({ connection }: Stage, peer: Peer): Promise<void> {
  const answer = send(connection, "PING");
  await peer.received(peer.commands.length + 1);
  peer.write("+PONG\r\n");
  await answer;
}
