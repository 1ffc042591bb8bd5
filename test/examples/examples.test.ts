import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";

/** Tests run in the root of the package. */
const EXAMPLES = join(process.cwd(), "examples");
/** Tested in demo.test.ts. */
const DEMO = ["demo.js", "demo-log.js"];

const OUTPUTS: Readonly<Record<string, readonly (string | RegExp)[]>> = {
  "send-mail.js": [
    "bob@example.com: 421 too busy, try again later",
    "ann@example.com: sent, attempt 1",
    "cleo@example.com: sent, attempt 1",
    "bob@example.com: 421 too busy, try again later",
    "bob@example.com: sent, attempt 3",
  ],
  "repeating.js": [
    "in the first hour there are 0 reports to make",
    ...[1, 2, 3, 4].map((hour) => `report of hour ${hour}`),
  ],
  "at-most-once.js": [
    "door opened: seen",
    "light on: came too late, and goes to the log",
    "light off: came too late, and goes to the log",
    "door closed: failed",
    "a minute later there are 0 events to deliver",
  ],
  "dead-letter.js": [
    "shipped { item: 'book' }",
    /^attempt 1: SyntaxError/,
    /^attempt 2: SyntaxError/,
    /^attempt 3: SyntaxError/,
    'dead letter of orders, failed 3 times: {"item":"ha',
    "shipped { item: 'pen' }",
  ],
  "backpressure.js": [
    /^30 jobs done, and never more than [1-5] queued$/,
    "the producer had to wait for its workers",
  ],
  "graceful-shutdown.js": [
    "short video: begun",
    "long video: begun",
    "SIGTERM: no new jobs, and a second to finish",
    "short video: done",
    "2 videos wait for another worker",
  ],
  "rate-limit.js": ["10 requests, at most 50 a second"],
  "batches.js": [/^250 rows in [3-9] inserts, the largest of 100$/],
  "handler-timeout.js": ["fast page: fetched", "slow page: took too long", "slow page: fetched"],
  "dependency-away.js": [
    "the database is unavailable: paused",
    "the database is available again: resumed",
    "20 rows inserted, only jobs that had started failed",
  ],
  "unique-jobs.js": [
    "cat.png: added",
    "dog.png: added",
    "cat.png: exists already",
    "2 thumbnails made",
    "cat.png: added",
  ],
  "watching.js": [
    "outage 1: alert somebody if it lasts",
    "the worker needs a new configuration",
    "ended: ERR invalid password",
  ],
  "framework.js": ["greetings: hello world", "sums: 6", "sums: given up on nonsense"],
  "opentelemetry.js": [
    "span «ADDJOB mail» of kind 3: ok",
    "span «GETJOB mail» of kind 4: ok",
    "span «ACKJOB» of kind 2: ok",
    "span «NOSUCH» of kind 2: failed: ERR unknown command 'NOSUCH'",
  ],
  "prometheus.js": [
    ...Object.entries({ ADDJOB: [3, 0], GETJOB: [1, 0], NOSUCH: [1, 1] }).flatMap(
      ([command, [calls, errors]]) => [
        `disque_calls_total{command="${command}"} ${calls}`,
        `disque_call_errors_total{command="${command}"} ${errors}`,
        new RegExp(`^disque_call_seconds_total\\{command="${command}"\\} [0-9.e-]+$`),
      ],
    ),
    ...[
      "connected 1",
      "priority 1",
      "pending 0",
      "commands_total 5",
      "jobs_total 3",
      "connects_total 2",
      "losses_total 0",
    ].map((line) => new RegExp(`^disque_node_${line.replace(" ", '\\{node="[0-9.:]+"\\} ')}$`)),
  ],
  "request-reply.js": [2, 3, 4].map((number) => `the square of ${number} is ${number ** 2}`),
};

function matches(line: string, expected: string | RegExp): boolean {
  return typeof expected === "string" ? line === expected : expected.test(line);
}

describe("examples", { concurrency: true }, () => {
  it("are all tested", async () => {
    const files = (await readdir(EXAMPLES)).filter((name) => name.endsWith(".js") && !DEMO.includes(name));
    assert.deepEqual(files.sort(), Object.keys(OUTPUTS).sort());
  });

  for (const [name, expected] of Object.entries(OUTPUTS)) {
    it(`${name} prints what it should and exits by itself`, async () => {
      // Rejects when the status is not 0.
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [join(EXAMPLES, name)]);
      assert.equal(stderr, "");
      const lines = stdout.trimEnd().split("\n");
      assert.equal(lines.length, expected.length, stdout);
      // The lines of several handlers may come in any order.
      for (const line of expected) {
        const at = lines.findIndex((each) => matches(each, line));
        assert.notEqual(at, -1, `${line} is missing in ${stdout}`);
        lines.splice(at, 1);
      }
    });
  }
});
