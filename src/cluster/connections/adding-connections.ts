import { ClosedError, ConnectionError, type DisqueError, type Reply } from "../../resp/index.ts";
import type { PersistentConnection, Submission } from "./persistent-connection.ts";

/**
 * Maximum ADDJOBs in flight on one connection, enough to keep the node busy. Further ADDJOBs stay queued, so that their number
 * of copies can still be changed.
 */
const MAX_IN_FLIGHT = 2;

/**
 * Connections for ADDJOB on a cluster that replicates. After an ADDJOB, the server answers nothing else on the connection until
 * the job has been replicated, so the jobs on one connection are replicated one after the other. Jobs on several connections
 * are replicated concurrently.
 */
export class AddingConnections {
  readonly #create: () => PersistentConnection;
  readonly #max: number;
  #connections: PersistentConnection[] = [];
  readonly #queue: SubmissionQueue = new SubmissionQueue();
  #ended: Promise<void> | undefined;
  #onDrained: (() => void) | undefined;

  constructor(create: () => PersistentConnection, max: number) {
    this.#create = create;
    this.#max = max;
  }

  get pending(): number {
    return this.#connections.reduce((sum, { pending }) => sum + pending, this.#queue.length);
  }

  submit(submission: Submission): void {
    if (this.#ended !== undefined) throw new ClosedError("the client has disconnected from the node");
    const connection = this.#available();
    if (connection === undefined) this.#queue.push(submission);
    else this.#write(connection, submission);
  }

  /** Waits for the commands in flight to finish, then closes the connections. */
  end(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  /** Drops all connections. Commands that were not written fail with an error that says they were not sent. */
  destroy(reason: DisqueError): void {
    const connections = this.#connections;
    this.#connections = [];
    for (const connection of connections) connection.destroy(reason);
    this.failUnwritten(reason);
  }

  /** Called when the node has failed. Fails the commands that were not written, so that they do not wait for the node. */
  failUnwritten(reason: DisqueError): void {
    for (const connection of this.#connections) if (!connection.connected) connection.destroy(reason);
    this.#connections = this.#connections.filter(({ connected }) => connected);
    for (let left = this.#queue.length; left > 0; left--) {
      this.#queue.shift()?.onFailure(new ConnectionError(reason.message, { cause: reason }));
    }
    this.#onDrained?.();
  }

  async #end(): Promise<void> {
    if (this.#queue.length > 0) {
      await new Promise<void>((resolve) => {
        this.#onDrained = resolve;
      });
    }
    await Promise.all(this.#connections.map((connection) => connection.end()));
  }

  /** The least busy connection, or a new one; `undefined` if all connections are busy and no more may be opened. */
  #available(): PersistentConnection | undefined {
    let best: PersistentConnection | undefined;
    for (const connection of this.#connections) {
      if (best === undefined || connection.pending < best.pending) best = connection;
    }
    if (best !== undefined && best.pending < MAX_IN_FLIGHT) return best;
    if (this.#connections.length >= this.#max) return undefined;
    const connection = this.#create();
    this.#connections.push(connection);
    return connection;
  }

  #write(connection: PersistentConnection, submission: Submission): void {
    connection.submit(new TrackedSubmission(submission, () => this.#next(connection)));
  }

  #next(connection: PersistentConnection): void {
    for (;;) {
      const submission = this.#queue.shift();
      if (submission === undefined) return;
      if (this.#queue.length === 0) this.#onDrained?.();
      if (submission.isCancelled) continue;
      try {
        this.#write(connection, submission);
      } catch (error) {
        submission.onFailure(error);
      }
      return;
    }
  }
}

/** A first-in, first-out queue. An array's own `shift` would move all remaining items. */
class SubmissionQueue {
  #items: Submission[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(submission: Submission): void {
    this.#items.push(submission);
  }

  shift(): Submission | undefined {
    const submission = this.#items[this.#head];
    if (submission === undefined) return undefined;
    this.#head++;
    // Copy only once at least half of the array is unused, so that a shift takes constant time on average.
    if (this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return submission;
  }
}

/** Forwards everything to a submission, and calls `onEnd` when the submission has ended. */
class TrackedSubmission implements Submission {
  readonly #submission: Submission;
  readonly #onEnd: () => void;

  constructor(submission: Submission, onEnd: () => void) {
    this.#submission = submission;
    this.#onEnd = onEnd;
  }

  get command(): Submission["command"] {
    return this.#submission.command;
  }

  get timeout(): number {
    return this.#submission.timeout;
  }

  get isCancelled(): boolean {
    return this.#submission.isCancelled;
  }

  onSubmitted(via: Parameters<Submission["onSubmitted"]>[0]): void {
    this.#submission.onSubmitted(via);
  }

  onReply(reply: Reply): void {
    this.#onEnd();
    this.#submission.onReply(reply);
  }

  onFailure(reason: unknown): void {
    this.#submission.onFailure(reason);
    this.#onEnd();
  }
}
