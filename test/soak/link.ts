// The network between two parties, with all its connections: what a nemesis disturbs.

import type { Socket } from "node:net";
import { reset } from "../../src/testing/listener.ts";
import { Gate } from "./gate.ts";

/**
 * - `open`: bytes pass.
 * - `cut`: connections are reset, new ones at once.
 * - `stalled`: nothing passes, not even the end of a connection. It passes once the state changes.
 * - `sliced`: bytes pass in small pieces.
 * - `lingering`: the end of one direction is delayed.
 */
export type LinkState = "open" | "cut" | "stalled" | "sliced" | "lingering";

interface Connection {
  readonly near: Socket;
  readonly far: Socket;
}

export class Link {
  readonly #connections: Set<Connection> = new Set();
  #state: LinkState = "open";
  #held: (() => void)[] = [];

  get state(): LinkState {
    return this.#state;
  }

  set state(state: LinkState) {
    this.#state = state;
    if (state === "cut") this.reset();
    if (state === "stalled") return;
    const held = this.#held;
    this.#held = [];
    for (const action of held) action();
  }

  /** The number of connections. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Resets all connections. */
  reset(): void {
    for (const { near, far } of this.#connections) {
      reset(near);
      reset(far);
    }
  }

  /** Runs the action as soon as the link is not stalled. */
  whenPassable(action: () => void): void {
    if (this.#state === "stalled") this.#held.push(action);
    else action();
  }

  /** Passes on the bytes of each socket to the other one, and the end of each direction. */
  carry(near: Socket, far: Socket): void {
    const connection = { near, far };
    this.#connections.add(connection);
    const gates = [new Gate(this), new Gate(this)] as const;
    near.pipe(gates[0]).pipe(far);
    far.pipe(gates[1]).pipe(near);
    this.#watch(near, far);
    this.#watch(far, near);
    const closed = (): void => {
      if (!near.destroyed || !far.destroyed) return;
      this.#connections.delete(connection);
      for (const gate of gates) gate.destroy();
    };
    near.once("close", closed);
    far.once("close", closed);
    if (this.#state === "cut") this.reset();
  }

  /** The loss of one socket resets the other. */
  #watch(socket: Socket, other: Socket): void {
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.once("close", () => {
      if (socket.readableEnded && socket.writableFinished) return;
      this.whenPassable(() => reset(other));
    });
  }
}
