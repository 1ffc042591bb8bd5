import type { Job } from "../commands/job.ts";
import type { Jobs } from "../commands/jobs.ts";
import { ConnectionError, OverloadError, ProtocolError, ReplyError, TimeoutError } from "../resp/index.ts";
import { sleep } from "../resp/timers.ts";

/** What consuming jobs takes of a client: nothing that is not public. */
export interface JobSource
  extends Pick<Jobs, "getJob" | "ackJob" | "fastAck" | "nackJob" | "enqueue" | "working"> {
  connect(options: { readonly signal?: AbortSignal | undefined }): Promise<void>;
  emit(event: "orphan", job: Job): boolean;
}

/** Milliseconds between two attempts to fetch while no node can be reached; each takes the client's `failoverTimeout`. */
const PAUSE = 1_000;

/**
 * Fetches jobs for as long as it takes: what the client could not get over in its `failoverTimeout` may be over later.
 * Rejects with what will not get better by itself, such as a wrong password, or with the reason of `signal`.
 */
export async function fetchJobs<SomeJob>(
  fetch: () => Promise<SomeJob[]>,
  signal: AbortSignal | undefined,
): Promise<SomeJob[]> {
  for (;;) {
    try {
      return await fetch();
    } catch (error) {
      signal?.throwIfAborted();
      if (!isPassing(error)) throw error;
    }
    await sleep(PAUSE, signal).catch(() => signal?.throwIfAborted());
  }
}

function isPassing(error: unknown): boolean {
  if (error instanceof ReplyError) return ["LOADING", "LEAVING", "MISCONF"].includes(error.code);
  return (
    error instanceof ConnectionError ||
    error instanceof TimeoutError ||
    error instanceof ProtocolError ||
    error instanceof OverloadError
  );
}
