import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  isFinal,
  isNodeAway,
  judge,
  mayHaveRun,
  type Verdict,
} from "../../../src/cluster/execution/failover.ts";
import type { Resend } from "../../../src/commands/definition.ts";
import { isRefusal } from "../../../src/commands/hello.ts";
import {
  ClosedError,
  ConnectionError,
  type DisqueError,
  OverloadError,
  ProtocolError,
  ReplyError,
  TimeoutError,
} from "../../../src/resp/index.ts";

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

describe("a command whose connection failed", () => {
  for (const error of SENT) it(`may have run after ${error}`, () => assert.equal(mayHaveRun(error), true));
  for (const error of NOT_SENT)
    it(`did not run after ${error}`, () => assert.equal(mayHaveRun(error), false));
});

describe("a node whose command failed", () => {
  const overdue = new TimeoutError("no reply within 10 ms");

  it("is treated as away if no connection could be opened, or if a reply was overdue", () => {
    for (const error of [...NOT_SENT, overdue]) assert.ok(isNodeAway(error), String(error));
    assert.ok(isNodeAway(new ConnectionError("a reply is overdue", { sent: true, cause: overdue })));
  });

  it("is not treated as away if a connection was lost otherwise", () => {
    assert.ok(!isNodeAway(new ConnectionError("closed by the server", { sent: true })));
    assert.ok(!isNodeAway(new ProtocolError("cannot begin with the byte 72")));
  });
});

describe("a refusal of the password", () => {
  it("is an error of AUTH about the password, or one that requires a password", () => {
    assert.ok(isRefusal(new ReplyError("ERR invalid password", "AUTH")));
    assert.ok(isRefusal(new ReplyError("ERR Client sent AUTH, but no password is set", "AUTH")));
    assert.ok(isRefusal(new ReplyError("NOAUTH Authentication required.", "HELLO")));
    assert.ok(isRefusal(new ReplyError("WRONGPASS invalid username-password pair", "AUTH")));
  });

  it("is not another error, such as that of a full server", () => {
    const others = [
      new ReplyError("ERR unknown command", "HELLO"),
      new ReplyError("ERR max number of clients reached", "AUTH"),
      new ReplyError("ERR unknown command 'AUTH'", "AUTH"),
      new ReplyError("ERR invalid password", "ADDJOB"),
      new ReplyError("LOADING Disque is loading the dataset in memory", "AUTH"),
    ];
    for (const error of [...SENT, ...NOT_SENT, ...others])
      assert.equal(isRefusal(error), false, String(error));
  });
});

describe("an error reply", () => {
  const VERDICTS: readonly [line: string, verdict: Verdict][] = [
    ["LOADING Disque is loading the dataset in memory", "unavailable"],
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
    ["NOAUTH Authentication required.", "unavailable"],
    ["ERR LOADING OOM LEAVING", "answer"],
    ["LEAVINGS", "answer"],
    ["", "answer"],
  ];
  for (const [line, verdict] of VERDICTS)
    it(`is judged as "${verdict}": ${line}`, () => assert.equal(judge(new ReplyError(line)), verdict));
});

describe("an error reply that depends on the node", () => {
  function isFinalReply(line: string, call: { resend: Resend; hasOwner: boolean }): boolean {
    const reply = new ReplyError(line);
    return isFinal(judge(reply), reply, call);
  }

  it("is final if it is about memory and only this node has the job", () => {
    assert.equal(isFinalReply("OOM no memory", { resend: "same-node", hasOwner: true }), true);
    assert.equal(isFinalReply("OOM no memory", { resend: "never", hasOwner: false }), false);
    assert.equal(isFinalReply("LOADING not yet", { resend: "never", hasOwner: true }), false);
  });

  it("is final if it is LEAVING and the command must not run twice", () => {
    assert.equal(isFinalReply("LEAVING try another", { resend: "never", hasOwner: false }), true);
    assert.equal(isFinalReply("LEAVING try another", { resend: "any-node", hasOwner: false }), false);
    assert.equal(
      isFinalReply("NOREPL since I'm leaving the cluster", { resend: "never", hasOwner: false }),
      false,
    );
  });
});
