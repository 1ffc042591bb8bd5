import type { Job } from "../commands/job.ts";
import type { Jobs } from "../commands/jobs.ts";
import type { Server } from "../commands/server.ts";
import { ReplyError } from "../resp/index.ts";
import { clearTimeout, now, setImmediate, setTimeout } from "../resp/timers.ts";
import {
  feedsFor,
  type NodeFeed,
  nextEnd,
  outlook,
  pauseAfter,
  pauseAfterEarly,
  plan,
  type SourceNode,
  type Step,
  WAIT,
} from "./plan.ts";

/** The public calls that consumers make. A call with the option `node` rejects soon when that node cannot be reached. */
export interface ConsumerClient
  extends Pick<Jobs, "getJob" | "ackJob" | "fastAck" | "nackJob" | "working">,
    Pick<Server, "ping"> {
  readonly nodes: readonly SourceNode[];
}

/** What `jobs()` and `work()` need of a client. */
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

/** The options of a call for jobs, as GETJOB has them. */
export interface FetchCall {
  readonly count: number;
  readonly nohang: boolean;
  readonly timeout: number | undefined;
  readonly node: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** The loop or worker that the jobs are fetched for. */
export interface Consumer<SomeJob extends Job> {
  /** The number of places for jobs that no job takes. */
  places(): number;
  /** Sends settlements that are due, so that they leave in one write with the next calls for jobs. */
  flush(): void;
  fetch(call: FetchCall): Promise<readonly SomeJob[]>;
  take(jobs: readonly SomeJob[]): void;
  /** Gives back jobs that arrived after `stop`. */
  giveBack(jobs: readonly SomeJob[]): Promise<void>;
  /** Called when fetching failed and will be retried. Returns whether there was a listener. */
  retrying(error: unknown, attempt: number, milliseconds: number): boolean;
  /** Called when fetching ended by itself. */
  ended(error: unknown): void;
}

/** Milliseconds between two checks of the list of nodes. */
const REFRESH = 250;
/**
 * Milliseconds without progress after which a call that is late no longer reserves its places: a frozen node must not hold up the
 * work on the jobs of others until the reply is overdue. If jobs arrive later after all, those without a place are given back.
 */
const LATE = 2_000;
/** Milliseconds after `stop` until calls that still look for a node are aborted. */
const LOOKING_TIME = 1_000;
/** Milliseconds after which `stop` no longer waits for any call. */
const STOPPING_TIME = 2_000;

/** Fetches jobs from all good nodes while there are places for them. `plan` decides what to fetch from which node. */
export class Fetcher<SomeJob extends Job> {
  readonly #source: JobSource;
  readonly #consumer: Consumer<SomeJob>;
  #feeds: readonly NodeFeed[] = [];
  #refreshAt = 0;
  /** The feeds with a call under way, and the number of places that these calls reserve. */
  readonly #asked: Set<NodeFeed> = new Set();
  #held = 0;
  /** The number of calls under way, and of groups of jobs that are being given back. */
  #pending = 0;
  /** The number of looks and waits so far. */
  #calls = 0;
  #due = false;
  #timer: NodeJS.Timeout | undefined;
  #timerAt: number = Number.POSITIVE_INFINITY;
  #lateTimer: NodeJS.Timeout | undefined;
  /** Whether there was a warning about the current outage. */
  #warned = false;
  #stopped = false;
  /** Ends the calls that look for a node. Most consumers never need it. */
  #giveUp: AbortController | undefined;
  #onIdle: () => void = () => {};

  constructor(source: JobSource, consumer: Consumer<SomeJob>) {
    this.#source = source;
    this.#consumer = consumer;
  }

  /** Schedules `turn` for the end of this turn of the event loop, when everything that is due is known. */
  schedule(): void {
    if (this.#due) return;
    this.#due = true;
    setImmediate(() => {
      this.#due = false;
      this.turn();
    });
  }

  /** Sends the acknowledgements that are due and asks for as many jobs as there are places. */
  turn(): void {
    this.#consumer.flush();
    if (this.#stopped) return;
    const time = now();
    if (time >= this.#refreshAt) this.#refresh(time);
    for (const feed of this.#asked) if (feed.lateAt <= time) this.#checkProgress(feed, time);
    for (const step of plan(this.#feeds, this.#consumer.places() - this.#held, time)) this.#take(step, time);
    this.#wakeAt(nextEnd(this.#feeds, time));
    if (this.#lateTimer === undefined && this.#asked.size > 0) this.#watch(time);
  }

  /**
   * Fetches no more jobs. Resolves when the calls under way have been answered and the jobs that they returned have been given
   * back. The calls are not cut off, since that could lose jobs.
   */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#clearTimers();
    if (this.#pending === 0) return;
    const looking = setTimeout(() => this.#giveUp?.abort(), LOOKING_TIME);
    let stopping: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
      stopping = setTimeout(resolve, STOPPING_TIME);
    });
    clearTimeout(looking);
    clearTimeout(stopping);
  }

  #refresh(time: number): void {
    this.#refreshAt = time + REFRESH;
    this.#feeds = feedsFor(this.#source.client.nodes, this.#feeds);
  }

  /**
   * Takes a turn when the first call under way would be late. The timer stays when the call is answered, since setting it anew
   * for each would cost more than a turn too many. It need not keep the process alive: the connection of the call does.
   */
  #watch(time: number): void {
    let lateAt = Number.POSITIVE_INFINITY;
    for (const feed of this.#asked) lateAt = Math.min(lateAt, feed.lateAt);
    if (lateAt === Number.POSITIVE_INFINITY) return;
    const check = (): void => {
      this.#lateTimer = undefined;
      this.turn();
    };
    this.#lateTimer = setTimeout(check, Math.max(1, Math.ceil(lateAt - time))).unref();
  }

  /** Releases the places of a late call, unless its reply is arriving. */
  #checkProgress(feed: NodeFeed, time: number): void {
    const silentAt = this.#source.progressAt(feed.id ?? "") + LATE;
    if (silentAt > time) feed.lateAt = silentAt;
    else this.#release(feed);
  }

  #release(feed: NodeFeed): void {
    this.#held -= feed.held;
    feed.held = 0;
    feed.lateAt = Number.POSITIVE_INFINITY;
  }

  #take(step: Step<NodeFeed>, time: number): void {
    const { feed, count, kind } = step;
    feed.busy = true;
    feed.held = count;
    // Without an id, there is no other node to ask meanwhile.
    if (feed.id !== undefined && count > 0) feed.lateAt = time + LATE + (kind === "wait" ? WAIT : 0);
    this.#asked.add(feed);
    this.#held += count;
    this.#pending++;
    const begin = kind === "wait" ? now() : 0;
    this.#call(step).then(
      (jobs) => {
        this.#end(step);
        this.#answered(step, jobs, begin);
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
    // A call that must first look for a node may take long.
    const signal = node === undefined ? this.#lookingSignal : undefined;
    switch (step.kind) {
      case "connect":
        return this.#source.client.ping(undefined, { node, signal }).then(() => undefined);
      case "look":
        feed.looked = ++this.#calls;
        return this.#consumer.fetch({ count, nohang: true, timeout: undefined, node, signal });
      case "wait":
        feed.waited = ++this.#calls;
        return this.#consumer.fetch({ count, nohang: false, timeout: WAIT, node, signal });
    }
  }

  get #lookingSignal(): AbortSignal {
    this.#giveUp ??= new AbortController();
    return this.#giveUp.signal;
  }

  #end({ feed }: Step<NodeFeed>): void {
    feed.busy = false;
    this.#asked.delete(feed);
    this.#release(feed);
    this.#pending--;
  }

  /** `jobs` is `undefined` if the call did not fetch jobs. */
  #answered(step: Step<NodeFeed>, jobs: readonly SomeJob[] | undefined, begin: number): void {
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
    // The list of nodes is known only now.
    if (feed.id === undefined) this.#refreshAt = 0;
    if (step.kind !== "wait") return;
    if (time - begin >= WAIT / 2) this.#succeeded(feed);
    else feed.restUntil = time + pauseAfterEarly(++feed.early);
  }

  #succeeded(feed: NodeFeed): void {
    if (feed.failures > 0 || feed.early > 0) feed.succeeded();
    this.#warned = false;
  }

  #failed(feed: NodeFeed, error: unknown): void {
    const verdict = outlook(error);
    feed.refused = verdict === "refused";
    if (verdict === "closed" || verdict === "final" || this.#allRefuse) {
      this.#stopped = true;
      this.#clearTimers();
      this.#consumer.ended(error);
      return;
    }
    const milliseconds = pauseAfter(++feed.failures);
    feed.ready = feed.id === undefined;
    feed.restUntil = now() + milliseconds;
    // The node may no longer be good: check the list of nodes.
    this.#refreshAt = 0;
    if (!this.#consumer.retrying(error, feed.failures, milliseconds)) this.#warn(feed, error);
  }

  /** Whether every node refuses the password. One that is away has no feed, and may accept it. */
  get #allRefuse(): boolean {
    if (!this.#feeds.every(({ refused }) => refused)) return false;
    const isAsked = (id: string): boolean =>
      this.#feeds.some((feed) => feed.id === undefined || feed.id === id);
    return this.#source.client.nodes.every(({ id }) => isAsked(id));
  }

  /** Emits one warning for each outage, so that a wrong address does not look like an empty queue. */
  #warn(feed: NodeFeed, error: unknown): void {
    // A lost connection is usually replaced soon. If it is not, the calls that look for a node fail too.
    if (feed.id !== undefined && feed.failures < 3 && !(error instanceof ReplyError)) return;
    if (this.#warned || this.#feeds.some(({ failures }) => failures === 0)) return;
    this.#warned = true;
    const reason = error instanceof Error ? error.message : String(error);
    process.emitWarning(`disque: fetching jobs fails and is tried again: ${reason}`, "DisqueWarning");
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
