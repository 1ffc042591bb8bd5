import { integerOrThrow, latin1, scanCursor, word } from "../arguments.ts";
import { JOB_STATES } from "../job.ts";
import type { Page } from "../registry.ts";
import { ErrorReply, type Reply, Status, SYNTAX_ERROR } from "../reply.ts";
import type { Call } from "./command.ts";
import { jobInfo } from "./jobs.ts";
import { type OptionReader, readOptions } from "./options.ts";

/** QSCAN_DEFAULT_COUNT and JSCAN_DEFAULT_COUNT in Disque's queue.c and job.c. */
const DEFAULT_COUNT = 100;

interface ScanOptions {
  cursor: bigint;
  count: number;
  busyloop: boolean;
}

/** The options of both scans. The cursor is the first argument that is not an option, in any position. */
function scanOptions(call: Call, more: OptionReader<ScanOptions>): ScanOptions {
  const options: ScanOptions = { cursor: 0n, count: DEFAULT_COUNT, busyloop: false };
  let cursorSet = false;
  readOptions(call, 1, options, { ...COMMON_READER, ...more }, (value) => {
    if (cursorSet) throw SYNTAX_ERROR;
    options.cursor = scanCursor(value);
    cursorSet = true;
  });
  return options;
}

const COMMON_READER: OptionReader<ScanOptions> = {
  count: {
    value: (options, value) => {
      options.count = integerOrThrow(value);
    },
  },
  busyloop: {
    flag: (options) => {
      options.busyloop = true;
    },
  },
};

/** QSCAN [cursor] [COUNT n] [BUSYLOOP] [MINLEN n] [MAXLEN n] [IMPORTRATE n]. */
export function qscan(call: Call): Reply {
  // -1 means no filter, as in the server.
  const filter = { minlen: -1, maxlen: -1, importrate: -1 };
  const number = (name: keyof typeof filter) => ({
    value: (_options: ScanOptions, value: Buffer) => {
      filter[name] = integerOrThrow(value);
    },
  });
  const options = scanOptions(call, {
    minlen: number("minlen"),
    maxlen: number("maxlen"),
    importrate: number("importrate"),
  });
  const now = call.node.clock.now();
  const page = call.node.queues.registry.scan(options.cursor, options.count, options.busyloop, (queue) => {
    if (filter.minlen !== -1 && queue.jobs.length < filter.minlen) return false;
    if (filter.maxlen !== -1 && queue.jobs.length > filter.maxlen) return false;
    return filter.importrate === -1 || queue.imports.at(now) >= filter.importrate;
  });
  return pageReply(page, (queue) => queue.name);
}

/** JSCAN [cursor] [COUNT n] [BUSYLOOP] [QUEUE name] [STATE state ...] [REPLY all|id]. */
export function jscan(call: Call): Reply {
  const states = new Set<string>();
  let name: string | null = null;
  let all = false;
  const options = scanOptions(call, {
    queue: {
      value: (_options, value) => {
        name = latin1(value);
      },
    },
    state: {
      value: (_options, value) => {
        const state = JOB_STATES.find((known) => known === word(value));
        if (state === undefined) throw new ErrorReply("ERR Invalid job state name");
        states.add(state);
      },
    },
    reply: {
      value: (_options, value) => {
        const type = word(value);
        if (type !== "id" && type !== "all") {
          throw new ErrorReply("ERR Invalid REPLY type, try ID or ALL");
        }
        all = type === "all";
      },
    },
  });
  const page = call.node.jobs.scan(options.cursor, options.count, options.busyloop, (job) => {
    // Skip jobs of which this node knows only the acknowledgement.
    if (job.nodesDelivered.size === 0) return false;
    if (name !== null && job.queue !== name) return false;
    return states.size === 0 || states.has(job.state);
  });
  const now = call.node.clock.now();
  return pageReply(page, (job) => (all ? jobInfo(job, now) : new Status(job.id)));
}

function pageReply<T>(page: Page<T>, reply: (value: T) => Reply): Reply {
  return [String(page.cursor), page.found.map(reply)];
}
