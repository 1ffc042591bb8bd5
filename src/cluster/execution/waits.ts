import { ClosedError } from "../../resp/index.ts";
import { now, sleep } from "../../resp/timers.ts";
import type { Cancellable, ExecutionContext, Target } from "./context.ts";
import { Execution } from "./execution.ts";
import { type PreparedCall, waitingFor } from "./prepared-call.ts";

/**
 * Maximum milliseconds that one GETJOB waits, so that the reply to an aborted call comes soon. With 50 clients or more the
 * server may end a wait 1.2 s late (server.c, clientsCron), which is still within 1.5 s.
 */
const MAX_WAIT = 300;
/** Milliseconds to pause after a node has ended a GETJOB early and without a job. */
const EARLY_PAUSE = 100;

/** The calls that wait for jobs. */
export class Waits {
  /** The GETJOBs in flight. */
  readonly active: Set<Cancellable> = new Set();
  readonly #context: ExecutionContext;

  constructor(context: ExecutionContext) {
    this.#context = context;
  }

  /**
   * Waits for jobs with a sequence of GETJOBs: at the pinned node, or at the primary node first and then at each good node in
   * turn. Meanwhile the call can be given a job that another call of this client no longer needs.
   */
  async wait<Args extends readonly unknown[], Value>(
    call: PreparedCall<Args, Value>,
    pinned?: Target,
  ): Promise<Value> {
    const deadline = now() + call.blocks;
    for (let turn = 0; ; turn++) {
      const left = deadline - now();
      const milliseconds = Math.max(1, Math.ceil(Math.min(left, MAX_WAIT)));
      const nodes = pinned === undefined ? this.#context.cluster.waitingOrder() : [];
      const node = nodes[turn % Math.max(1, nodes.length)];
      const startedAt = now();
      const value = await this.#waitOnce(waitingFor(call, milliseconds), pinned ?? { node, isPinned: false });
      const isEmpty = call.definition.fetches?.jobsOf(value, "").length === 0;
      if (!isEmpty || now() >= deadline) return value;
      // Without this pause, a server that ends a wait at once and without a job would be asked again and again.
      if (now() - startedAt < milliseconds / 2) await sleep(EARLY_PAUSE, call.signal);
    }
  }

  async #waitOnce<Args extends readonly unknown[], Value>(
    call: PreparedCall<Args, Value>,
    target: Target,
  ): Promise<Value> {
    const { definition, args } = call;
    const execution = new Execution(this.#context, call, target);
    const queues = [definition.queue?.(...args) ?? []].flat();
    const { fetches } = definition;
    const unregister =
      fetches &&
      this.#context.lateJobs.register({
        queues,
        withCounters: fetches.wantsCounters(...args),
        give: (job) => execution.settleEarly(fetches.valueOf(job)),
      });
    this.active.add(execution);
    try {
      if (this.#context.isClosing()) throw new ClosedError("the client was closed");
      return await execution.start();
    } finally {
      this.active.delete(execution);
      unregister?.();
    }
  }
}
