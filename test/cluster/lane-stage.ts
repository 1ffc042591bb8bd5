// A lane to a server that the test plays.

import assert from "node:assert/strict";
import { Lane, type LaneOptions } from "../../src/cluster/lane.ts";
import { ClosedError, type DisqueError } from "../../src/resp/index.ts";
import { type Peer, ScriptedServer } from "../support/scripted-server.ts";
import { dialTo } from "./links.ts";

export interface Stage extends AsyncDisposable {
  readonly server: ScriptedServer;
  readonly lane: Lane;
  /** What the lane told: `open`, or why it was lost. */
  readonly told: (string | DisqueError)[];
}

export async function stage(options: Partial<LaneOptions> = {}): Promise<Stage> {
  const server = await ScriptedServer.start();
  const told: (string | DisqueError)[] = [];
  const lane = new Lane({
    dial: dialTo(server.endpoint, { commandTimeout: 60_000 }),
    keepIdle: () => true,
    onOpen: () => told.push("open"),
    onLost: (error) => told.push(error),
    ...options,
  });
  return {
    server,
    lane,
    told,
    async [Symbol.asyncDispose]() {
      lane.destroy(new ClosedError("the test is over"));
      await server[Symbol.asyncDispose]();
    },
  };
}

/** A connection of the lane, with a command on it. */
export async function used({ lane, server }: Stage): Promise<Peer> {
  const answer = lane.send(["PING"], {});
  const peer = await server.accept();
  await peer.received(1);
  peer.write("+PONG\r\n");
  assert.equal(await answer, "PONG");
  return peer;
}

/** Another command on the connection that there is. */
export async function usedAgain({ lane }: Stage, peer: Peer): Promise<void> {
  const answer = lane.send(["PING"], {});
  await peer.received(peer.commands.length + 1);
  peer.write("+PONG\r\n");
  await answer;
}
