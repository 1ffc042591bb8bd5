// Many commands at a time, each of which can verify that a reply is its own.

import assert from "node:assert/strict";
import { ConnectionError, type Disque, type Job, ReplyError, TimeoutError } from "../../src/index.ts";

/** The percentage of each kind of command. */
const SHARES = { ping: 90, show: 4, addRepeatedly: 4 };
/** Passes over the nodes within which all jobs must be found. */
const PASSES = 200;

export class Load {
  /** The queue of the jobs of this load. */
  readonly queue: string;
  readonly #disque: Disque;
  /** Whether the lost node loses its data. */
  readonly #forgets: boolean;
  readonly #random: () => number;
  readonly #calls: Set<Promise<void>> = new Set();
  /** Ids of jobs for SHOW. */
  #shown: readonly string[] = [];
  /** The bodies of added jobs that must be delivered at least once. */
  readonly #added: string[] = [];
  /** The bodies of jobs with `retry: 0`, and how many jobs may have each. */
  readonly #atMost: Map<string, number> = new Map();
  #begun = 0;
  #settled = 0;
  #pumping = true;
  #target = 0;
  #onTarget: () => void = () => {};

  constructor(disque: Disque, queue: string, forgets: boolean, random: () => number) {
    this.queue = queue;
    this.#disque = disque;
    this.#forgets = forgets;
    this.#random = random;
  }

  get commands(): number {
    return this.#begun;
  }

  /** Adds the jobs for SHOW. */
  async prepare(): Promise<void> {
    const bodies = Array.from({ length: 20 }, (_, n) => String(n));
    this.#shown = await Promise.all(
      bodies.map((body) => this.#disque.addJob(`${this.queue}-shown`, body, { replicate: 1, retry: 3_600 })),
    );
  }

  /** Keeps this many commands in flight from now on: each that settles is replaced by another. */
  start(count: number): void {
    for (let n = 0; n < count; n++) this.#begin();
  }

  /** Resolves when this many commands have settled. */
  async settled(count: number): Promise<void> {
    if (this.#settled >= count) return;
    this.#target = count;
    await new Promise<void>((resolve) => {
      this.#onTarget = resolve;
    });
  }

  /** Sends no more commands. */
  stop(): void {
    this.#pumping = false;
  }

  /** Resolves when every command has settled with an allowed outcome. */
  async end(): Promise<void> {
    await Promise.all(this.#calls);
  }

  /** Compares the jobs fetched from the nodes with those that were added. */
  async check(fetchAll: () => Promise<readonly Job[]>, wait: () => Promise<void>): Promise<void> {
    const missing = new Set(this.#added);
    const ids = new Map<string, Set<string>>();
    for (let pass = 0; pass < PASSES; pass++) {
      const jobs = await fetchAll();
      for (const job of jobs) {
        const body = job.text();
        missing.delete(body);
        ids.set(body, (ids.get(body) ?? new Set()).add(job.id));
      }
      if (missing.size === 0 && jobs.length === 0) break;
      await wait();
    }
    assert.deepEqual([...missing], [], "jobs were lost");
    for (const [body, most] of this.#atMost) {
      const count = ids.get(body)?.size ?? 0;
      assert.ok(count <= most, `${body} was added ${count} times, and was to be at most ${most} times`);
    }
  }

  #begin(): void {
    const call = this.#one(this.#begun++).then(() => {
      this.#calls.delete(call);
      if (++this.#settled === this.#target) this.#onTarget();
      if (this.#pumping) this.#begin();
    });
    this.#calls.add(call);
  }

  async #one(n: number): Promise<void> {
    const body = `${this.queue}:${n}`;
    let kind = this.#random() * 100;
    if (kind < SHARES.ping) {
      assert.equal(await this.#disque.ping(body), body);
      return;
    }
    kind -= SHARES.ping;
    if (kind < SHARES.show) return this.#show(n);
    kind -= SHARES.show;
    if (kind < SHARES.addRepeatedly) return this.#add(body);
    return this.#addOnce(body);
  }

  async #show(n: number): Promise<void> {
    const id = this.#shown[n % this.#shown.length] ?? "";
    try {
      const info = await this.#disque.show(id, { commandTimeout: 1_000 });
      // A restarted node has lost its data.
      if (info !== null) assert.equal(info.id, id);
    } catch (error) {
      // The command was sent, and the only node that may run it again is gone.
      assert.ok(
        error instanceof TimeoutError || (error instanceof ConnectionError && error.sent),
        String(error),
      );
    }
  }

  async #add(body: string): Promise<void> {
    try {
      await this.#disque.addJob(this.queue, body, { replicate: 2, retry: 1 });
      this.#added.push(body);
    } catch (error) {
      assert.ok(error instanceof ReplyError && error.code === "NOREPL", String(error));
    }
  }

  async #addOnce(body: string): Promise<void> {
    try {
      await this.#disque.addJob(this.queue, body, { replicate: 1, retry: 0 });
      this.#atMost.set(body, 1);
    } catch (error) {
      assert.ok(error instanceof ConnectionError && error.sent, String(error));
      // If the node it was sent to has lost its data, a job found on another node was added twice.
      this.#atMost.set(body, this.#forgets ? 0 : 1);
    }
  }
}
