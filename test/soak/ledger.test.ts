import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Ledger } from "./ledger.ts";

const id = "D";
const by = "consumer";
const error = { code: "NOREPL", message: "NOREPL" };

describe("the ledger of owed jobs", () => {
  it("settles when each earlier job was received or was not added", async () => {
    const ledger = new Ledger();
    for (const body of ["a", "b"]) ledger.see({ event: "adding", by, body, retry: 2 });
    const until = ledger.begun;
    ledger.see({ event: "adding", by, body: "later", retry: 2 });
    let settled = false;
    const waiting = ledger.settled(until, new AbortController().signal).then(() => {
      settled = true;
    });
    ledger.see({ event: "added", body: "a", id });
    ledger.see({ event: "received", by, body: "later", id });
    ledger.see({ event: "received", by, body: "a", id });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(settled, false);
    ledger.see({ event: "not added", body: "b", sent: true, error });
    await waiting;
  });

  it("stops waiting when its signal is aborted", async () => {
    const ledger = new Ledger();
    ledger.see({ event: "adding", by, body: "a", retry: 2 });
    const stop = new AbortController();
    const waiting = ledger.settled(1, stop.signal);
    stop.abort();
    await waiting;
  });

  it("does not contain jobs with RETRY 0", async () => {
    const ledger = new Ledger();
    ledger.see({ event: "adding", by, body: "a", retry: 0 });
    assert.equal(ledger.begun, 0);
    await ledger.settled(1, AbortSignal.abort());
    ledger.see({ event: "adding", by, body: "b", retry: 2 });
    ledger.see({ event: "received", by, body: "b", id });
    await ledger.settled(ledger.begun, new AbortController().signal);
  });

  it("does not owe a job that was received before its ADDJOB was answered", async () => {
    const ledger = new Ledger();
    ledger.see({ event: "adding", by, body: "a", retry: 2 });
    ledger.see({ event: "received", by, body: "a", id });
    ledger.see({ event: "added", body: "a", id });
    await ledger.settled(ledger.begun, new AbortController().signal);
  });
});
