import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isLastWord, isRefusal, judge, mayHaveRun, type Verdict } from "../../src/cluster/failover.ts";
import type { Request } from "../../src/cluster/request.ts";
import type { Resend } from "../../src/commands/command.ts";
import {
  ClosedError,
  ConnectionError,
  type DisqueError,
  OverloadError,
  ProtocolError,
  ReplyError,
  TimeoutError,
} from "../../src/resp/index.ts";

const NOT_SENT: readonly DisqueError[] = [
  new ConnectionError("127.0.0.1:1: connect ECONNREFUSED"),
  new ConnectionError("closed", { sent: false }),
  new ClosedError("closed"),
  new OverloadError("too many"),
  new ReplyError("LOADING Disque is loading the dataset in memory"),
];

const SENT: readonly DisqueError[] = [
  new ConnectionError("closed by the server", { sent: true }),
  new TimeoutError("no reply within 10 ms"),
  new ProtocolError("cannot begin with the byte 72"),
];

describe("a command that was lost", () => {
  for (const error of SENT) it(`may have been run: ${error}`, () => assert.equal(mayHaveRun(error), true));
  for (const error of NOT_SENT) it(`was not run: ${error}`, () => assert.equal(mayHaveRun(error), false));
});

describe("a refusal", () => {
  it("is what AUTH is answered, and that a password is wanted", () => {
    assert.ok(isRefusal(new ReplyError("ERR invalid password", "AUTH")));
    assert.ok(isRefusal(new ReplyError("ERR Client sent AUTH, but no password is set", "AUTH")));
    assert.ok(isRefusal(new ReplyError("NOAUTH Authentication required.", "HELLO")));
  });

  it("is nothing else", () => {
    for (const error of [...SENT, ...NOT_SENT, new ReplyError("ERR unknown command", "HELLO")])
      assert.equal(isRefusal(error), false, String(error));
  });
});

describe("an error that a node answers with", () => {
  const VERDICTS: readonly [line: string, verdict: Verdict][] = [
    ["LOADING Disque is loading the dataset in memory", "elsewhere"],
    ["LEAVING this node is leaving the cluster. Try another one please", "leaving"],
    [
      "NOREPL Not enough reachable nodes for the requested replication level, since I'm leaving the cluster",
      "leaving",
    ],
    ["NOREPL Not enough reachable nodes for the requested replication level", "answer"],
    ["NOREPL Timeout reached before replicating to the requested number of nodes", "answer"],
    ["OOM command not allowed when used memory > 'maxmemory'.", "full"],
    ["PAUSED Queue paused in input, try later", "answer"],
    ["MAXLEN Queue is already longer than the specified MAXLEN", "answer"],
    ["NOJOB Job not known in the context of this node.", "answer"],
    ["TOOLATE Half of job TTL already elapsed", "answer"],
    ["BADID Invalid Job ID format.", "answer"],
    ["MISCONF Errors writing to the AOF file: No space left on device", "answer"],
    ["NOAUTH Authentication required.", "answer"],
    ["ERR LOADING OOM LEAVING", "answer"],
    ["LEAVINGS", "answer"],
    ["", "answer"],
  ];
  for (const [line, verdict] of VERDICTS)
    it(`is ${verdict}: ${line}`, () => assert.equal(judge(new ReplyError(line)), verdict));
});

describe("a refusal that others might not share", () => {
  function request(resend: Resend, bound: boolean): Request {
    return { line: ["NACK"], occupancy: { kind: "none" }, resend, bound, hangsUp: false };
  }

  function isLast(line: string, { resend, bound }: { resend: Resend; bound: boolean }): boolean {
    const reply = new ReplyError(line);
    return isLastWord(judge(reply), reply, request(resend, bound));
  }

  it("is the caller's when it is about memory, and only that node has the job", () => {
    assert.equal(isLast("OOM no memory", { resend: "same-node", bound: true }), true);
    assert.equal(isLast("OOM no memory", { resend: "never", bound: false }), false);
    assert.equal(isLast("LOADING not yet", { resend: "never", bound: true }), false);
  });

  it("is the caller's when the command may have done something before, and must not be done twice", () => {
    assert.equal(isLast("LEAVING try another", { resend: "never", bound: false }), true);
    assert.equal(isLast("LEAVING try another", { resend: "any-node", bound: false }), false);
    assert.equal(isLast("NOREPL since I'm leaving the cluster", { resend: "never", bound: false }), false);
  });
});
