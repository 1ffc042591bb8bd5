import { isAtLeastOnce, type Job } from "../commands/job.ts";
import { type Hello, jobs } from "../commands/replies.ts";
import {
  type Argument,
  type DisqueError,
  nameOf,
  type Reply,
  ReplyError,
  type SendOptions,
} from "../resp/index.ts";
import type { Address } from "./address.ts";
import { dial, type Link } from "./dial.ts";
import { Lane } from "./lane.ts";
import type { Settings } from "./options.ts";
import type { Wait } from "./request.ts";
import { WaitingLanes } from "./waiting.ts";

/** One node and the connections to it: one that most calls share, and one for each call that the node keeps waiting. */
export class Node {
  /** `host:port` or `unix:path`. */
  readonly name: string;
  readonly address: Address;
  readonly #settings: Settings;
  readonly #onOrphan: (job: Job) => void;
  readonly #shared: Lane;
  readonly #waiting: WaitingLanes;
  #hello: Hello | undefined;

  /** `onOrphan` is told of each job that came too late for its caller and cannot be queued again. */
  constructor(address: Address, settings: Settings, onOrphan: (job: Job) => void) {
    this.name = nameOf(address.endpoint);
    this.address = address;
    this.#settings = settings;
    this.#onOrphan = onOrphan;
    const connect = (signal: AbortSignal): Promise<Link> => this.#connect(signal);
    this.#shared = new Lane(connect);
    this.#waiting = new WaitingLanes({
      dial: connect,
      commandTimeout: settings.commandTimeout,
      onLateReply: (reply) => this.#putBack(reply),
    });
  }

  get connected(): boolean {
    return this.#shared.connected;
  }

  /** What the node said last of itself and of the others. */
  get hello(): Hello | undefined {
    return this.#hello;
  }

  /** The node's id; empty until it was connected once. */
  get id(): string {
    return this.#hello?.id ?? "";
  }

  /** Rejects as `dial` does. */
  async open(signal: AbortSignal | undefined): Promise<void> {
    await this.#shared.open(signal);
  }

  send(command: readonly Argument[], options: SendOptions): Promise<Reply> {
    return this.#shared.send(command, options);
  }

  /** Sends the waits one after the other until one brings more than null. */
  wait(waits: Iterable<Wait>, signal: AbortSignal | undefined): Promise<Reply> {
    return this.#waiting.wait(waits, signal);
  }

  /** Ends the calls that wait, with `reason`. Resolves when what was on its way to them is put back. */
  endWaiting(reason: DisqueError): Promise<void> {
    return this.#waiting.end(reason);
  }

  /** Waits for what is under way and closes the connection. */
  end(): Promise<void> {
    return this.#shared.end();
  }

  destroy(reason: DisqueError): void {
    this.#waiting.destroy(reason);
    this.#shared.destroy(reason);
  }

  async #connect(signal: AbortSignal): Promise<Link> {
    const link = await dial(this.address, this.#settings, signal);
    this.#hello = link.hello;
    return link;
  }

  async #putBack(reply: Reply): Promise<void> {
    if (reply instanceof ReplyError) return;
    const late = jobs(reply, this.id);
    for (const job of late) {
      if (!isAtLeastOnce(job.id)) this.#onOrphan(job);
    }
    const ids = late.map((job) => job.id).filter(isAtLeastOnce);
    if (ids.length > 0) await this.send(["ENQUEUE", ...ids], {});
  }
}
