// The way between two parties, with all its connections: what a nemesis does to it.

import type { Socket } from "node:net";
import { reset } from "../../src/testing/listener.ts";
import { Gate } from "./gate.ts";

/**
 * - `open`: all passes.
 * - `cut`: connections are reset, and new ones at once.
 * - `stalled`: nothing passes, not even the end of a connection; what came meanwhile passes later.
 * - `sliced`: all passes in small pieces, each by itself.
 * - `lingering`: that one side has ended its half comes late to the other.
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

  /** How many connections there are. */
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

  /** Does it as soon as the link is not stalled. */
  whenPassable(action: () => void): void {
    if (this.#state === "stalled") this.#held.push(action);
    else action();
  }

  /** Carries what comes from either socket to the other one, and the end of each half. */
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

  /** One that is lost takes the other along. */
  #watch(socket: Socket, other: Socket): void {
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.once("close", () => {
      if (socket.readableEnded && socket.writableFinished) return;
      this.whenPassable(() => reset(other));
    });
  }
}
