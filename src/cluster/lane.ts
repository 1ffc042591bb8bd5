import type { Argument, Connection, DisqueError, Reply, SendOptions } from "../resp/index.ts";
import { abortable } from "./abortable.ts";
import type { Link } from "./dial.ts";

/** Opens a connection to the node that a lane leads to. */
export type Dial = (signal: AbortSignal) => Promise<Link>;

/** A connection to a node that many calls share. It is opened when one needs it, and again after it was lost. */
export class Lane {
  readonly #dial: Dial;
  #connection: Connection | undefined;
  #opening: Promise<Connection> | undefined;
  /** Gives up an attempt to connect that is under way. */
  readonly #closing: AbortController = new AbortController();

  constructor(dial: Dial) {
    this.#dial = dial;
  }

  get connected(): boolean {
    return this.#connection?.open ?? false;
  }

  /** Connects unless it is connected. The attempt is shared: a signal takes only its own caller off it. */
  async open(signal?: AbortSignal): Promise<Connection> {
    if (this.#connection?.open) return this.#connection;
    this.#opening ??= this.#open();
    return abortable(this.#opening, signal);
  }

  /** Rejects as `Connection.send` does, or as connecting does. */
  async send(command: readonly Argument[], options: SendOptions): Promise<Reply> {
    const connection = this.#connection?.open ? this.#connection : await this.open(options.signal);
    return connection.send(command, options);
  }

  /** Waits for what is under way and closes the connection. */
  async end(): Promise<void> {
    await this.#opening?.catch(() => {});
    await this.#connection?.end();
  }

  destroy(reason: DisqueError): void {
    this.#closing.abort(reason);
    this.#connection?.destroy(reason);
  }

  async #open(): Promise<Connection> {
    try {
      const { connection } = await this.#dial(this.#closing.signal);
      this.#connection = connection;
      return connection;
    } finally {
      this.#opening = undefined;
    }
  }
}
