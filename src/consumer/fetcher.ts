import type { Job } from "../commands/job.ts";
import type { Jobs } from "../commands/jobs.ts";
import type { Server } from "../commands/server.ts";
import { ReplyError } from "../resp/index.ts";
import { clearTimeout, now, setImmediate, setTimeout } from "../resp/timers.ts";
import {
  failureKind,
  feedsFor,
  type NodeFeed,
  nextResume,
  pauseAfter,
  pauseAfterEarly,
  plan,
  type SourceNode,
  type Step,
  WAIT_TIME,
} from "./plan.ts";

/** The public calls that consumers make. A call with the option `node` rejects soon when that node cannot be reached. */
export interface ConsumerClient
  extends Pick<Jobs, "getJob" | "ackJob" | "fastAck" | "nackJob" | "working">,
    Pick<Server, "ping"> {
  readonly nodes: readonly SourceNode[];
}

/** What `jobs()` and `work()` need from a client. */
export interface JobSource {
  readonly client: ConsumerClient;
  isClosed(): boolean;
  /**
   * Gives back jobs that were fetched but not started: to other calls of the client that wait for them, or else to their queues.
   * Jobs that cannot go back are emitted as `orphan`. Never rejects.
   */
  giveBack(jobs: readonly Job[]): Promise<void>;
  /** When the shared connection to the node with this id last made progress, on the monotonic clock; 0 if there is none. */
  progressAt(id: string): number;
  /** Calls `listener` when the client begins to close or is destroyed. Returns a function that removes it. */
  onClose(listener: () => void): () => void;
}

/** The options of `getJob` that the fetcher sets. */
export interface FetchCall {
  readonly count: number;
  readonly nohang: boolean;
  readonly timeout: number | undefined;
  readonly node: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** The loop or worker that the jobs are fetched for. */
export interface Consumer<SomeJob extends Job> {
  /** How many more jobs the consumer can take. */
  freeSlots(): number;
  /** Sends settlements that are due, so that they are written together with the next calls for jobs. */
  flush(): void;
  fetch(call: FetchCall): Promise<readonly SomeJob[]>;
  take(jobs: readonly SomeJob[]): void;
  /** Gives back jobs that arrived after `stop`. */
  giveBack(jobs: readonly SomeJob[]): Promise<void>;
  /** Called when fetching failed and will be retried. Returns whether there was a listener. */
  retrying(error: unknown, attempt: number, milliseconds: number): boolean;
  /** Called when an error has ended fetching. */
  ended(error: unknown): void;
}

/** Milliseconds between two checks of the list of nodes. */
const REFRESH_INTERVAL = 250;
/**
 * Milliseconds without progress after which a call counts as late and no longer reserves its slots: a frozen node must not hold
 * up jobs of other nodes until its reply is overdue. If its jobs arrive later, a worker gives back those without a free slot.
 */
const MAX_SILENCE = 2_000;
/** Milliseconds after which `stop` aborts calls that are still searching for a node. */
const MAX_SEARCH_TIME = 1_000;
/** Milliseconds after which `stop` no longer waits for any call. */
const MAX_STOP_TIME = 2_000;

/** Fetches jobs from all good nodes while there are free slots. `plan` decides what to fetch from which node. */
export class Fetcher<SomeJob extends Job> {
  readonly #source: JobSource;
  readonly #consumer: Consumer<SomeJob>;
  #feeds: readonly NodeFeed[] = [];
  #refreshAt = 0;
  /** The feeds with a call in flight, and the number of slots that these calls reserve for their jobs. */
  readonly #asked: Set<NodeFeed> = new Set();
  #reserved = 0;
  /** The number of calls in flight, plus the number of groups of jobs that are being given back. */
  #pending = 0;
  /** The number of polls and waits so far. */
  #calls = 0;
  #due = false;
  #timer: NodeJS.Timeout | undefined;
  #timerAt: number = Number.POSITIVE_INFINITY;
  #lateTimer: NodeJS.Timeout | undefined;
  /** Whether a warning about the current outage has been emitted. */
  #warned = false;
  #stopped = false;
  /** Aborts the calls that search for a node. Created on first use, since most consumers never need it. */
  #giveUp: AbortController | undefined;
  #onIdle: () => void = () => {};

  constructor(source: JobSource, consumer: Consumer<SomeJob>) {
    this.#source = source;
    this.#consumer = consumer;
  }

  /** Schedules `turn` for the end of this turn of the event loop, when all settlements that are due are known. */
  schedule(): void {
    if (this.#due) return;
    this.#due = true;
    setImmediate(() => {
      this.#due = false;
      this.turn();
    });
  }

  /** Sends the settlements that are due, and fetches as many jobs as there are free slots. */
  turn(): void {
    this.#consumer.flush();
    if (this.#stopped) return;
    const time = now();
    if (time >= this.#refreshAt) this.#refresh(time);
    for (const feed of this.#asked) if (feed.lateAt <= time) this.#checkProgress(feed, time);
    const free = this.#consumer.freeSlots() - this.#reserved;
    for (const step of plan(this.#feeds, free, time)) this.#take(step, time);
    this.#wakeAt(nextResume(this.#feeds, time));
    if (this.#lateTimer === undefined && this.#asked.size > 0) this.#watchForLate(time);
  }

  /**
   * Fetches no more jobs. Resolves when the calls in flight have been answered and their jobs given back, or after
   * `MAX_STOP_TIME`. Aborts only calls that search for a node: aborting others could lose jobs.
   */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#clearTimers();
    if (this.#pending === 0) return;
    const searching = setTimeout(() => this.#giveUp?.abort(), MAX_SEARCH_TIME);
    let stopping: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
      stopping = setTimeout(resolve, MAX_STOP_TIME);
    });
    clearTimeout(searching);
    clearTimeout(stopping);
  }

  #refresh(time: number): void {
    this.#refreshAt = time + REFRESH_INTERVAL;
    this.#feeds = feedsFor(this.#source.client.nodes, this.#feeds);
  }

  /**
   * Sets a timer that calls `turn` when the first call in flight becomes late. The timer is kept when that call is answered,
   * since setting a timer for each call would cost more than an extra `turn`. The timer need not keep the process alive, since
   * the call's connection does.
   */
  #watchForLate(time: number): void {
    let lateAt = Number.POSITIVE_INFINITY;
    for (const feed of this.#asked) lateAt = Math.min(lateAt, feed.lateAt);
    if (lateAt === Number.POSITIVE_INFINITY) return;
    const check = (): void => {
      this.#lateTimer = undefined;
      this.turn();
    };
    this.#lateTimer = setTimeout(check, Math.max(1, Math.ceil(lateAt - time))).unref();
  }

  /** Releases the slots of a late call, unless the node's shared connection has made progress lately. */
  #checkProgress(feed: NodeFeed, time: number): void {
    const silentAt = this.#source.progressAt(feed.id ?? "") + MAX_SILENCE;
    if (silentAt > time) feed.lateAt = silentAt;
    else this.#release(feed);
  }

  #release(feed: NodeFeed): void {
    this.#reserved -= feed.reserved;
    feed.reserved = 0;
    feed.lateAt = Number.POSITIVE_INFINITY;
  }

  #take(step: Step<NodeFeed>, time: number): void {
    const { feed, count, kind } = step;
    feed.busy = true;
    feed.reserved = count;
    // A feed without an id is the only feed, so no other node needs its slots.
    if (feed.id !== undefined && count > 0) {
      feed.lateAt = time + MAX_SILENCE + (kind === "wait" ? WAIT_TIME : 0);
    }
    this.#asked.add(feed);
    this.#reserved += count;
    this.#pending++;
    this.#call(step).then(
      (jobs) => {
        this.#end(step);
        this.#answered(step, jobs, time);
        this.#settled();
      },
      (error: unknown) => {
        this.#end(step);
        if (!this.#stopped) this.#failed(feed, error);
        this.#settled();
      },
    );
  }

  #call(step: Step<NodeFeed>): Promise<readonly SomeJob[] | undefined> {
    const { feed, count } = step;
    const node = feed.id;
    // A call that must first search for a node may take long, so `stop` can abort it.
    const signal = node === undefined ? this.#searchSignal : undefined;
    switch (step.kind) {
      case "connect":
        return this.#source.client.ping(undefined, { node, signal }).then(() => undefined);
      case "poll":
        feed.lastPoll = ++this.#calls;
        return this.#consumer.fetch({ count, nohang: true, timeout: undefined, node, signal });
      case "wait":
        feed.lastWait = ++this.#calls;
        return this.#consumer.fetch({ count, nohang: false, timeout: WAIT_TIME, node, signal });
    }
  }

  get #searchSignal(): AbortSignal {
    this.#giveUp ??= new AbortController();
    return this.#giveUp.signal;
  }

  #end({ feed }: Step<NodeFeed>): void {
    feed.busy = false;
    this.#asked.delete(feed);
    this.#release(feed);
    this.#pending--;
  }

  /** `jobs` is `undefined` after a `connect` step, which fetches nothing. */
  #answered(step: Step<NodeFeed>, jobs: readonly SomeJob[] | undefined, beganAt: number): void {
    const { feed } = step;
    feed.ready = true;
    if (jobs === undefined) return;
    if (jobs.length > 0) {
      feed.emptyAt = Number.NEGATIVE_INFINITY;
      this.#succeeded(feed);
      if (this.#stopped) this.#giveBack(jobs);
      else this.#consumer.take(jobs);
      return;
    }
    const time = now();
    feed.emptyAt = time;
    // For this call, the client had to find a node, so it now knows the list of nodes.
    if (feed.id === undefined) this.#refreshAt = 0;
    if (step.kind !== "wait") return;
    if (time - beganAt >= WAIT_TIME / 2) this.#succeeded(feed);
    else feed.pausedUntil = time + pauseAfterEarly(++feed.earlyWaits);
  }

  #succeeded(feed: NodeFeed): void {
    if (feed.failures > 0 || feed.earlyWaits > 0) feed.succeeded();
    this.#warned = false;
  }

  #failed(feed: NodeFeed, error: unknown): void {
    const kind = failureKind(error);
    feed.refused = kind === "refused";
    if (kind === "closed" || kind === "final" || this.#allRefuse) {
      this.#stopped = true;
      this.#clearTimers();
      this.#consumer.ended(error);
      return;
    }
    const milliseconds = pauseAfter(++feed.failures);
    feed.ready = feed.id === undefined;
    feed.pausedUntil = now() + milliseconds;
    // The node may no longer be good: check the list of nodes.
    this.#refreshAt = 0;
    if (!this.#consumer.retrying(error, feed.failures, milliseconds)) this.#warn(feed, error);
  }

  /** Whether every node refuses the password. A node without a feed has not been asked, and may accept the password. */
  get #allRefuse(): boolean {
    if (!this.#feeds.every(({ refused }) => refused)) return false;
    const isAsked = (id: string): boolean =>
      this.#feeds.some((feed) => feed.id === undefined || feed.id === id);
    return this.#source.client.nodes.every(({ id }) => isAsked(id));
  }

  /** Emits one warning for each outage, so that a wrong address does not look like an empty queue. */
  #warn(feed: NodeFeed, error: unknown): void {
    // A lost connection is usually replaced soon. If it is not, the calls that search for a node fail too.
    if (feed.id !== undefined && feed.failures < 3 && !(error instanceof ReplyError)) return;
    if (this.#warned || this.#feeds.some(({ failures }) => failures === 0)) return;
    this.#warned = true;
    const reason = error instanceof Error ? error.message : String(error);
    process.emitWarning(`disque: fetching jobs failed and will be retried: ${reason}`, "DisqueWarning");
  }

  #giveBack(jobs: readonly SomeJob[]): void {
    this.#pending++;
    void this.#consumer.giveBack(jobs).then(() => {
      this.#pending--;
      this.#settled();
    });
  }

  #settled(): void {
    if (!this.#stopped) this.schedule();
    else if (this.#pending === 0) this.#onIdle();
  }

  #clearTimers(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#lateTimer);
  }

  /** Sets the timer of the next turn. */
  #wakeAt(time: number): void {
    if (time === this.#timerAt) return;
    this.#timerAt = time;
    clearTimeout(this.#timer);
    if (time === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(
      () => {
        this.#timerAt = Number.POSITIVE_INFINITY;
        this.turn();
      },
      Math.max(1, Math.ceil(time - now())),
    );
  }
}
