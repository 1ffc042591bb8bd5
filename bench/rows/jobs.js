// Bytes of GETJOB replies to jobs that have been read, against what peers need for a plain parse of the same bytes.

import assert from "node:assert/strict";
import { jobsTable } from "../../dist/commands/jobs.js";
import { Parser } from "../../dist/resp/index.js";
import { race } from "../measure.js";
import { aheadOfBest, figure } from "../outcome.js";
import { parsers } from "../peers/parsers.js";
import { fetched } from "../streams.js";
import { feed } from "./parse.js";

/** @type {import("./index.js").Row[]} */
export const jobRows = [row("jobs/1", 50_000, 1), row("jobs/100", 500, 100)];

/**
 * What the client hands to the decoder.
 *
 * @type {import("../../dist/commands/command.js").ReplyContext<[queues: string]>}
 */
const context = { args: ["mail"], node: "dcb833cf8f42fbb7924d92335ff6d67d3cea6e3d" };

/**
 * @param {string} id
 * @param {number} count
 * @param {number} jobs
 * @returns {import("./index.js").Row}
 */
function row(id, count, jobs) {
  return {
    id,
    async run({ rounds, quick }) {
      const { chunks, replies } = fetched(quick ? count / 5 : count, jobs);
      const wanted = /** @type {[queue: string, id: string, body: string][][]} */ (replies);
      checkJobs(chunks, wanted);
      const total = replies.length * jobs;
      const peers = parsers().filter(({ ours }) => !ours);
      const contenders = [
        { name: "disque, jobs read", ours: true, run: reader(chunks) },
        ...peers.map(({ name, create }) => {
          const sink = { count: 0, last: /** @type {unknown} */ (undefined) };
          const write = create((reply) => {
            sink.count++;
            sink.last = reply;
          });
          return { name: `${name}, plain`, ours: false, run: () => feed(write, chunks) };
        }),
      ];
      const times = await race(contenders, { rounds, warmUp: 4 });
      const figures = contenders.map((each) =>
        figure(
          each,
          (times.get(each.name) ?? []).map((ms) => (ms * 1e6) / total),
        ),
      );
      const outcome = {
        id,
        work: `GETJOB replies of ${jobs} job${jobs === 1 ? "" : "s"} of 100 bytes to \`Job\` objects, their id and body read`,
        unit: "ns a job",
        better: /** @type {const} */ ("less"),
        figures,
        notes: ["Peers: the parse alone, to arrays."],
      };
      return [{ ...outcome, bars: [aheadOfBest(outcome, 2.5)] }];
    },
  };
}

/**
 * Parses, decodes, and reads what a consumer reads.
 *
 * @param {readonly Buffer[]} chunks
 */
function reader(chunks) {
  const sink = { length: 0, id: "", body: /** @type {Uint8Array} */ (Buffer.alloc(0)) };
  const parser = new Parser({
    onReply(reply) {
      for (const job of jobsTable.getJob.decode(reply, context)) {
        sink.id = job.id;
        sink.body = job.body;
        sink.length += sink.id.length + sink.body.length;
      }
    },
  });
  return () => feed((chunk) => parser.write(chunk), chunks);
}

/**
 * @param {readonly Buffer[]} chunks
 * @param {[queue: string, id: string, body: string][][]} wanted
 */
function checkJobs(chunks, wanted) {
  /** @type {[queue: string, id: string, body: string][]} */
  const seen = [];
  const parser = new Parser({
    onReply(reply) {
      const jobs = jobsTable.getJob.decode(reply, context);
      seen.push(
        ...jobs.map(
          ({ queue, id, body }) => /** @type {[string, string, string]} */ ([queue, id, body.toString()]),
        ),
      );
    },
  });
  feed((chunk) => parser.write(chunk), chunks);
  assert.deepEqual(seen, wanted.flat());
}
