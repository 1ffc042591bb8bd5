import { type CountedJob, isJobId } from "../commands/job.ts";

/** A job to settle, with what the worker knows about it. */
interface Entry {
  readonly job: CountedJob;
}

export interface SettlementsOptions<SomeEntry extends Entry> {
  /** Sends one command for these jobs, which come from one node. */
  readonly send: (jobs: readonly CountedJob[]) => Promise<unknown>;
  readonly onSettled: (entries: readonly SomeEntry[]) => void;
  readonly onFailed: (entries: readonly SomeEntry[], error: unknown) => void;
}

/** Maximum number of jobs in one command, so that no command blocks the server for long. */
const MAX_JOBS = 1_000;

/**
 * Collects jobs to acknowledge or to give back. Jobs that are added in one turn of the event loop are sent in one command for
 * each node that they came from, so a failure of one node does not affect jobs of other nodes.
 */
export class Settlements<SomeEntry extends Entry> {
  readonly #options: SettlementsOptions<SomeEntry>;
  #due: SomeEntry[] = [];
  /** The jobs of each command in flight. */
  readonly #sent: Set<readonly SomeEntry[]> = new Set();
  #pending = 0;

  constructor(options: SettlementsOptions<SomeEntry>) {
    this.#options = options;
  }

  /** How many jobs are not settled yet. */
  get pending(): number {
    return this.#pending;
  }

  add(entry: SomeEntry): void {
    this.#pending++;
    this.#due.push(entry);
  }

  /** Sends the jobs that were added. */
  flush(): void {
    if (this.#due.length === 0) return;
    const byNode = new Map<string, SomeEntry[]>();
    for (const entry of this.#due) {
      const { node } = entry.job;
      const group = byNode.get(node);
      if (group === undefined) byNode.set(node, [entry]);
      else group.push(entry);
    }
    this.#due = [];
    for (const group of byNode.values()) {
      for (let start = 0; start < group.length; start += MAX_JOBS) {
        this.#send(group.length <= MAX_JOBS ? group : group.slice(start, start + MAX_JOBS));
      }
    }
  }

  /** Stops waiting for replies: all jobs that are not settled fail with this error. */
  giveUp(error: unknown): void {
    for (const entries of [...this.#sent, this.#due]) this.#failed(entries, error);
    this.#sent.clear();
    this.#due = [];
  }

  #send(entries: readonly SomeEntry[]): void {
    this.#sent.add(entries);
    this.#options.send(entries.map(({ job }) => job)).then(
      () => {
        if (!this.#sent.delete(entries)) return;
        this.#pending -= entries.length;
        this.#options.onSettled(entries);
      },
      (error: unknown) => {
        if (!this.#sent.delete(entries)) return;
        // If one id is malformed, the client rejects the whole command before it is sent. In that case, send the other jobs in
        // a new command.
        const wellFormed = entries.filter(({ job }) => isJobId(job.id));
        if (wellFormed.length < entries.length) {
          if (wellFormed.length > 0) this.#send(wellFormed);
          this.#failed(
            entries.filter(({ job }) => !isJobId(job.id)),
            error,
          );
        } else this.#failed(entries, error);
      },
    );
  }

  #failed(entries: readonly SomeEntry[], error: unknown): void {
    if (entries.length === 0) return;
    this.#pending -= entries.length;
    this.#options.onFailed(entries, error);
  }
}
