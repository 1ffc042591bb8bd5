// What happened, in order: a file of JSON lines, written before and after each call, from which alone the verdict comes.

import { closeSync, openSync, writeSync } from "node:fs";
import { open } from "node:fs/promises";
import { DisqueError } from "../../src/index.ts";

/** Why a call failed. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

export type Event =
  | { readonly event: "adding"; readonly by: string; readonly body: string }
  | { readonly event: "added"; readonly body: string; readonly id: string }
  /** The job may be there all the same, unless the client says that nothing was `sent`. */
  | { readonly event: "not added"; readonly body: string; readonly sent: boolean; readonly error: Failure }
  | { readonly event: "fetching"; readonly by: string }
  | { readonly event: "fetched"; readonly by: string; readonly jobs: number }
  | { readonly event: "not fetched"; readonly by: string; readonly error: Failure }
  /** A job arrived: whatever becomes of it, the cluster has kept its word. */
  | { readonly event: "received"; readonly by: string; readonly body: string; readonly id: string }
  | { readonly event: "settling"; readonly by: string; readonly how: Settling; readonly id: string }
  | { readonly event: "settled"; readonly how: Settling; readonly id: string; readonly count: number }
  | { readonly event: "not settled"; readonly how: Settling; readonly id: string; readonly error: Failure }
  | { readonly event: "fault"; readonly what: string }
  | { readonly event: "mended"; readonly what: string };

/** What a consumer may do with a job, besides forgetting it. */
export type Settling = "ackJob" | "fastAck" | "nackJob";

/** `at`: milliseconds since the beginning, on the monotonic clock. */
export type Entry = Event & { readonly at: number };

export type Recorder = (event: Event) => void;

/** The file, which is written in the same turn, so that an entry is there before the call that it is about. */
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

/** What a call of the client failed with, for the history. Whatever is no failure of the client is thrown again. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof DisqueError)) throw error;
  return { code: error.code, message: error.message };
}
