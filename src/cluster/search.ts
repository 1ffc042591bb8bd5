import { isRefusal } from "../commands/hello.ts";
import { ClosedError, ConnectionError, DisqueError, ReplyError, TimeoutError } from "../resp/index.ts";
import { now, runOutside, sleep } from "../resp/timers.ts";
import { abortable, withDeadline } from "./abort.ts";
import type { Node } from "./connections/node.ts";
import { Backoff, Failures } from "./failures.ts";
import type { KnownNode } from "./topology.ts";
import { debug } from "./tracing.ts";

export interface SearchOptions {
  readonly failoverTimeout: number;
  /** The nodes to try, best first. */
  readonly candidates: () => readonly KnownNode[];
  /** Connects to a node, or sends HELLO again if it is connected. */
  readonly open: (candidate: KnownNode, signal: AbortSignal | undefined) => Promise<Node>;
  readonly onFound: (node: Node) => void;
  /** Called when a pass over the nodes has failed. */
  readonly onPassFailed: () => void;
}

/** The minimum time for one attempt, in milliseconds, even if there are many nodes to share `failoverTimeout`. */
const MIN_SHARE = 500;
/**
 * Maximum milliseconds for an attempt to connect to a node that was never reached, since packets to it may be dropped silently.
 * In a search, this limit does not apply to listed nodes.
 */
export const UNPROVEN_SHARE = 1_000;

interface Running {
  readonly result: Promise<Node>;
  readonly controller: AbortController;
  waiters: number;
}

/**
 * The search for a node that answers. It tries all nodes in turn, in repeated passes with jittered backoff between them. All
 * calls that need a node share one search, which starts with the first of these calls and is aborted when none of them is left.
 */
export class Search {
  readonly #options: SearchOptions;
  readonly #backoff: Backoff = new Backoff();
  #running: Running | undefined;
  /** When the next pass may begin, on the monotonic clock. */
  #nextPass = 0;
  #passFailed = false;
  /** The failures of the last complete pass, or those so far while the first pass runs. Their description is cached. */
  #failures: Failures = new Failures();
  #description: ReturnType<Failures["describe"]> | undefined;
  #attempted: KnownNode | undefined;

  constructor(options: SearchOptions) {
    this.#options = options;
  }

  /**
   * Resolves with a node that is connected. Rejects with a `ConnectionError` after `milliseconds` (or after one pass if
   * `failoverTimeout` is 0), with a `ReplyError` if every node refuses the password, or with the reason of `signal`.
   */
  join(milliseconds: number, signal: AbortSignal | undefined): Promise<Node> {
    // Each call rejects with an error of its own, whose stack shows its caller.
    const wait = (limited: AbortSignal | undefined): Promise<Node> =>
      this.#wait(limited).catch((error: unknown) => {
        if (error instanceof ReplyError) throw new ReplyError(error.message, error.command);
        throw error instanceof ConnectionError ? this.unreachable() : error;
      });
    // A `failoverTimeout` of 0 sets no time limit: each node is tried once.
    return this.#options.failoverTimeout === 0
      ? wait(signal)
      : withDeadline(milliseconds, signal, () => this.unreachable(), wait);
  }

  /** Delays the next pass. Otherwise all clients that lost the same node would reconnect at the same moment. */
  pause(): void {
    const pause = this.#backoff.next();
    debug("no node is tried for %d ms", Math.round(pause));
    this.#nextPass = now() + pause;
  }

  /** Called after a connection was stable, so that backoff starts over. */
  reset(): void {
    this.#backoff.reset();
  }

  /** Ends the search. All calls that are waiting for it reject with `reason`. */
  stop(reason: Error): void {
    this.#running?.controller.abort(reason);
  }

  /** The error that says why no node can be reached. */
  unreachable(): ConnectionError {
    this.#description ??= this.#describe();
    return new ConnectionError(this.#description.message, this.#description.details);
  }

  #describe(): ReturnType<Failures["describe"]> {
    const { failoverTimeout } = this.#options;
    // Nodes without a failure are reported as still connecting: all of them before the first failure, then only the node that
    // is being tried, and none after a whole pass.
    const attempted = this.#attempted === undefined || this.#passFailed ? [] : [this.#attempted];
    const unfinished = this.#failures.count > 0 ? attempted : this.#options.candidates().slice(0, 16);
    const failures = new Failures();
    for (const { name } of unfinished) {
      failures.add(
        new TimeoutError(`${name}: still connecting when failoverTimeout (${failoverTimeout} ms) had passed`),
      );
    }
    return this.#failures.describe("no node can be reached", failures);
  }

  async #wait(signal: AbortSignal | undefined): Promise<Node> {
    this.#running ??= this.#start();
    const running = this.#running;
    running.waiters++;
    try {
      return await abortable(running.result, signal);
    } finally {
      running.waiters--;
      if (running.waiters === 0) {
        running.controller.abort();
        if (this.#running === running) this.#running = undefined;
      }
    }
  }

  #start(): Running {
    const controller = new AbortController();
    return { result: runOutside(() => this.#seek(controller.signal)), controller, waiters: 0 };
  }

  async #seek(signal: AbortSignal): Promise<Node> {
    const { failoverTimeout } = this.#options;
    // When a connection is lost, its commands fail before the cluster is told. This await lets the cluster rank the nodes
    // first.
    await undefined;
    for (;;) {
      // The pause takes at most half of `failoverTimeout`, so that callers have time left for an attempt.
      const pause = Math.min(this.#nextPass - now(), failoverTimeout / 2);
      if (pause > 0) await sleep(pause, signal);
      const found = await this.#pass(signal);
      if (found !== undefined) {
        this.#passFailed = false;
        this.#setFailures(new Failures());
        this.#options.onFound(found);
        return found;
      }
      this.pause();
      this.#passFailed = true;
      this.#options.onPassFailed();
      if (failoverTimeout === 0) throw this.unreachable();
    }
  }

  /** Tries each node once. If every node refuses the password, throws the last refusal. */
  async #pass(signal: AbortSignal): Promise<Node | undefined> {
    const { failoverTimeout, open } = this.#options;
    const candidates = inOrder(this.#options.candidates(), this.#passFailed);
    const failures = new Failures();
    const deadline = now() + failoverTimeout;
    let refusal: DisqueError | undefined;
    let refusals = 0;
    for (const candidate of candidates) {
      if (signal.aborted) throw signal.reason;
      // A pass over many unreachable nodes must not keep the listed nodes from being tried again.
      if (failoverTimeout > 0 && failures.count > 0 && now() >= deadline) break;
      this.#attempted = candidate;
      this.#description = undefined;
      try {
        return await this.#attempt(candidate, candidates.length, signal, open);
      } catch (error) {
        if (signal.aborted || error instanceof ClosedError || !(error instanceof DisqueError)) throw error;
        if (isRefusal(error)) {
          refusal = error;
          refusals++;
        }
        this.#attempted = undefined;
        failures.add(error, candidate.name);
        if (!this.#passFailed) this.#setFailures(failures);
      }
    }
    this.#setFailures(failures);
    if (refusal !== undefined && refusals === candidates.length) {
      this.pause();
      throw refusal;
    }
    return undefined;
  }

  #attempt(
    candidate: KnownNode,
    count: number,
    signal: AbortSignal,
    open: SearchOptions["open"],
  ): Promise<Node> {
    const { failoverTimeout } = this.#options;
    if (failoverTimeout === 0) return open(candidate, signal);
    // Each node gets a share of the time, so that silent nodes do not keep the search from reaching a node that answers.
    const share = Math.max(MIN_SHARE, failoverTimeout / count);
    const isUnproven = !candidate.listed && !candidate.reached;
    const time = isUnproven ? Math.min(share, UNPROVEN_SHARE) : share;
    const timeoutError = (): Error =>
      new TimeoutError(`${candidate.name}: not connected within ${Math.round(time)} ms`);
    return withDeadline(time, signal, timeoutError, (limited) => open(candidate, limited));
  }

  #setFailures(failures: Failures): void {
    this.#failures = failures;
    this.#description = undefined;
  }
}

/**
 * Returns the best node first, then the listed nodes, then the announced nodes: a node that announces many unreachable nodes
 * must not keep the listed nodes from being tried. Once a pass has failed, the listed nodes come first.
 */
function inOrder(ranked: readonly KnownNode[], passFailed: boolean): KnownNode[] {
  const listed = ranked.filter((node) => node.listed);
  const announced = ranked.filter((node) => !node.listed);
  const [best] = announced;
  if (passFailed || best === undefined || ranked[0] !== best) return [...listed, ...announced];
  return [best, ...listed, ...announced.slice(1)];
}
