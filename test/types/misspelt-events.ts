// In a separate file, since the types of Node 25 and later accept any event name.

import type { Disque, Worker } from "disque";

declare const disque: Disque;
declare const worker: Worker;

export function refused(): void {
  // @ts-expect-error a misspelt event
  disque.on("conect", () => {});
  // @ts-expect-error an event that only a worker has
  disque.on("failed", () => {});
  // @ts-expect-error a misspelt event
  worker.once("finished", () => {});
}
