// Bytes of GETJOB replies to jobs that have been read, against what peers need for a plain parse of the same bytes.

import assert from "node:assert/strict";
import { jobsTable } from "../../dist/commands/jobs.js";
import { Parser } from "../../dist/resp/index.js";
import { parsers } from "../peers/parsers.js";
import { fetched } from "../streams.js";
import { parsing } from "./parse.js";
import { timed } from "./timed.js";

/** @typedef {[queue: string, id: string, body: string]} Wanted */

const OURS = "disque, jobs read";

/** @type {import("./index.js").Row[]} */
export const jobRows = [row("jobs/1", 50_000, 1), row("jobs/100", 500, 100)];

const NODE = "dcb833cf8f42fbb7924d92335ff6d67d3cea6e3d";

/**
 * @param {string} id
 * @param {number} count
 * @param {number} jobs
 * @returns {import("./index.js").Row}
 */
function row(id, count, jobs) {
  return timed({
    id,
    work: `GETJOB replies of ${jobs} job${jobs === 1 ? "" : "s"} of 100 bytes to \`Job\` objects, their id and body read`,
    noun: "job",
    bar: 2.5,
    contenders: [{ name: OURS, ours: true }, ...parsers.filter(({ ours }) => !ours)],
    prepare(name, quick) {
      const { chunks, replies } = fetched(quick ? count / 5 : count, jobs);
      const wanted = /** @type {Wanted[][]} */ (replies).flat();
      return {
        run: name === OURS ? reading(chunks, jobs, wanted) : parsing(name, chunks, replies),
        count: wanted.length,
      };
    },
    notes: ["Peers: the parse alone, to arrays."],
  });
}

/**
 * Parses and decodes as the client does, and reads what a consumer reads.
 *
 * @param {readonly Buffer[]} chunks
 * @param {number} count Jobs of a reply.
 * @param {readonly Wanted[]} wanted
 */
function reading(chunks, count, wanted) {
  const { reader, decode } = jobsTable.getJob;
  /** @type {import("../../dist/commands/command.js").ReplyContext<[queues: string, options: { count: number }]>} */
  const context = { args: ["mail", { count }], node: NODE };
  const sink = {
    length: 0,
    last: /** @type {unknown} */ (undefined),
    all: /** @type {Wanted[] | null} */ ([]),
  };
  const parser = new Parser({
    elementReader: () => reader?.(NODE),
    onReply(reply) {
      // The row that has a reader is given jobs that were read.
      const jobs = decode(/** @type {import("../../dist/resp/index.js").Reply} */ (reply), context);
      let length = 0;
      // What a loop with `of` or a store for each job would cost is the loop's: 7 and 8 ns (NOTES.md). Like the sink of the peers,
      // this one keeps the reply.
      for (let index = 0; index < jobs.length; index++) {
        const job = /** @type {import("../../dist/commands/job.js").Job} */ (jobs[index]);
        const { id, body } = job;
        length += id.length + body.length;
        sink.all?.push([job.queue, id, body.toString()]);
      }
      sink.last = jobs;
      sink.length += length;
    },
  });
  const run = () => {
    for (const chunk of chunks) parser.write(chunk);
  };
  run();
  assert.deepEqual(sink.all, wanted);
  sink.all = null;
  return run;
}
