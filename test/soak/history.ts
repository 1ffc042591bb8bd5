// A file of JSON lines that records all events in order, before and after each call. The verdict is derived from it alone.

import { closeSync, openSync, writeSync } from "node:fs";
import { open } from "node:fs/promises";
import { DisqueError } from "../../src/index.ts";

/** Why a call failed. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

export type Event =
  | { readonly event: "adding"; readonly by: string; readonly body: string; readonly retry: number }
  | { readonly event: "added"; readonly body: string; readonly id: string }
  /** The job may have been added nevertheless, unless the client says that nothing was `sent`. */
  | { readonly event: "not added"; readonly body: string; readonly sent: boolean; readonly error: Failure }
  | { readonly event: "fetching"; readonly by: string }
  | { readonly event: "fetched"; readonly by: string; readonly jobs: number }
  | { readonly event: "not fetched"; readonly by: string; readonly error: Failure }
  /** A job arrived. The consumer decides how to settle it. */
  | { readonly event: "received"; readonly by: string; readonly body: string; readonly id: string }
  /** A job with RETRY 0 arrived too late for its call, and was passed to a listener. */
  | { readonly event: "orphan"; readonly by: string; readonly body: string; readonly id: string }
  /** A job was still in its queue when all consumers had ended. */
  | { readonly event: "left"; readonly by: string; readonly body: string; readonly id: string }
  /** A consumer was stopped. `milliseconds`: how long that took. */
  | {
      readonly event: "stopped";
      readonly by: string;
      readonly queue: string;
      readonly what: Stopped;
      readonly milliseconds: number;
    }
  | { readonly event: "settling"; readonly by: string; readonly how: Settling; readonly id: string }
  | { readonly event: "settled"; readonly how: Settling; readonly id: string; readonly count: number }
  | { readonly event: "not settled"; readonly how: Settling; readonly id: string; readonly error: Failure }
  | { readonly event: "fault"; readonly what: string }
  | { readonly event: "mended"; readonly what: string };

/** The kinds of things that are stopped. */
export type Stopped = "call" | "loop" | "worker" | "client";

/** The calls with which a consumer may settle a job, unless it forgets the job. */
export type Settling = "ackJob" | "fastAck" | "nackJob";

/** `at`: milliseconds since the beginning, on the monotonic clock. */
export type Entry = Event & { readonly at: number };

export type Recorder = (event: Event) => void;

/** The file. It is written synchronously, so that an entry is in it before its call is made. */
export class History implements Disposable {
  readonly path: string;
  readonly #file: number;
  readonly #start: number = performance.now();
  #closed = false;

  constructor(path: string) {
    this.path = path;
    this.#file = openSync(path, "w");
  }

  write(event: Event): void {
    const at = Math.round((performance.now() - this.#start) * 10) / 10;
    writeSync(this.#file, `${JSON.stringify({ at, ...event })}\n`);
  }

  close(): void {
    if (!this.#closed) closeSync(this.#file);
    this.#closed = true;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** The entries of a history's file. */
export async function* readHistory(path: string): AsyncGenerator<Entry, void, undefined> {
  await using file = await open(path);
  for await (const line of file.readLines()) yield JSON.parse(line);
}

/** Describes the error of a call for the history. Errors that are not the client's are thrown again. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof DisqueError)) throw error;
  return { code: error.code, message: error.message };
}
