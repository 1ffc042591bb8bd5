// Bytes to replies: the parsers alone.

import assert from "node:assert/strict";
import { parsers } from "../peers/parsers.js";
import { bodies, fetched, ids, inPieces, ones } from "../streams.js";
import { timed } from "./timed.js";

/** @type {import("./index.js").Row[]} */
export const parseRows = [
  row("parse/ids", "200,000 `+<job id>`, in 64 KB pieces", 4, "reply", (quick) =>
    ids(quick ? 50_000 : 200_000),
  ),
  row("parse/getjob-1", "GETJOB replies of 1 job of 100 bytes, in 64 KB pieces", 2, "job", (quick) =>
    fetched(quick ? 10_000 : 50_000, 1),
  ),
  row("parse/getjob-100", "GETJOB replies of 100 jobs of 100 bytes, in 64 KB pieces", 2, "job", (quick) =>
    fetched(quick ? 100 : 500, 100),
  ),
  row("parse/integers", "400,000 `:1`, in 64 KB pieces", 1.5, "reply", (quick) =>
    ones(quick ? 100_000 : 400_000),
  ),
  row("parse/body-4k", "bodies of 4 KiB, in 64 KB pieces", 1, "body", (quick) =>
    bodies(quick ? 2_000 : 10_000, 4096),
  ),
  row("parse/body-16m", "bodies of 16 MiB, in 64 KB pieces", 1, "body", () => bodies(1, 2 ** 24)),
  row("parse/pieces-ids", "`+<job id>` in pieces of 1 to 17 bytes", 1, "reply", () => recut(ids(20_000))),
  row("parse/pieces-getjob-1", "GETJOB replies of 1 job in pieces of 1 to 17 bytes", 1, "job", () =>
    fetched(5_000, 1, inPieces),
  ),
  row("parse/pieces-getjob-100", "GETJOB replies of 100 jobs in pieces of 1 to 17 bytes", 1, "job", () =>
    fetched(10, 100, inPieces),
  ),
  row("parse/pieces-integers", "`:1` in pieces of 1 to 17 bytes", 1, "reply", () => recut(ones(100_000))),
  row("parse/pieces-body-4k", "bodies of 4 KiB in pieces of 1 to 17 bytes", 1, "body", () =>
    recut(bodies(200, 4096)),
  ),
];

/**
 * @param {string} id
 * @param {string} work
 * @param {number} bar
 * @param {string} noun
 * @param {(quick: boolean) => import("../streams.js").Stream} make
 * @returns {import("./index.js").Row}
 */
function row(id, work, bar, noun, make) {
  return timed({
    id,
    work,
    noun,
    bar,
    contenders: parsers,
    prepare(name, quick) {
      const { chunks, replies } = make(quick);
      const [first] = replies;
      return {
        run: parsing(name, chunks, replies),
        count: replies.length * (noun === "job" && Array.isArray(first) ? first.length : 1),
      };
    },
  });
}

/**
 * @param {string} name Of peers/parsers.js.
 * @param {readonly Buffer[]} chunks
 * @param {readonly unknown[]} replies
 * @returns {() => void} Parses it all.
 */
export function parsing(name, chunks, replies) {
  const { create } = parsers.find((each) => each.name === name) ?? {};
  if (create === undefined) throw new Error(`there is no parser ${name}`);
  const sink = {
    count: 0,
    last: /** @type {unknown} */ (undefined),
    all: /** @type {unknown[] | null} */ ([]),
  };
  const write = create((reply) => {
    sink.count++;
    sink.last = reply;
    sink.all?.push(reply);
  });
  const run = () => {
    for (const chunk of chunks) write(chunk);
  };
  run();
  checkReplies(name, sink.all ?? [], replies);
  sink.all = null;
  return run;
}

/**
 * @param {import("../streams.js").Stream} stream
 * @returns {import("../streams.js").Stream}
 */
function recut({ chunks, replies }) {
  return { chunks: inPieces(Buffer.concat(chunks)), replies };
}

/**
 * Nobody wins by not working: each contender's replies are compared with what was sent, once.
 *
 * @param {string} name
 * @param {readonly unknown[]} seen
 * @param {readonly unknown[]} expected
 */
function checkReplies(name, seen, expected) {
  assert.equal(seen.length, expected.length, `${name} gives another number of replies`);
  for (const at of [0, seen.length >> 1, seen.length - 1]) {
    assert.deepEqual(asText(seen[at]), expected[at], `${name} gives another reply`);
  }
}

/**
 * @param {unknown} reply
 * @returns {unknown}
 */
function asText(reply) {
  if (Array.isArray(reply)) return reply.map(asText);
  return Buffer.isBuffer(reply) ? reply.toString("latin1") : reply;
}
