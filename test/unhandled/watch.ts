// Whatever a process should not meet ends it, and is printed: a rejection that nobody took, an error that nobody caught,
// a warning of Node's, and what keeps it alive when it should have ended.

/** Milliseconds after its end that a process may live: sockets close meanwhile. */
const PARTING_TIME = 3_000;

export function watch(): void {
  process.on("unhandledRejection", (reason) => fail("unhandled rejection", reason));
  process.on("uncaughtException", (error) => fail("uncaught exception", error));
  process.on("warning", (warning) => {
    // That is how workers and loops that nobody listens to tell of an outage.
    if (warning.name !== "DisqueWarning") fail("warning", warning);
  });
}

/** All is done: the process is to end by itself. */
export function ended(): void {
  const late = (): never => fail("kept alive by", process.getActiveResourcesInfo());
  setTimeout(late, PARTING_TIME).unref();
}

function fail(what: string, reason: unknown): never {
  console.error(`${what}:`, reason);
  process.exit(1);
}
