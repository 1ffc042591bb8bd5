// Ends the process with a message on an unhandled rejection, an uncaught error or a warning from Node, and when it is kept
// alive after its end.

/** Milliseconds that the process may live after its end, so that sockets can close. */
const PARTING_TIME = 3_000;

export function watch(): void {
  process.on("unhandledRejection", (reason) => fail("unhandled rejection", reason));
  process.on("uncaughtException", (error) => fail("uncaught exception", error));
  process.on("warning", (warning) => {
    // Workers and loops without listeners report an outage this way.
    if (warning.name !== "DisqueWarning") fail("warning", warning);
  });
}

/** Everything is done: the process must now exit by itself. */
export function ended(): void {
  const late = (): never => fail("kept alive by", process.getActiveResourcesInfo());
  setTimeout(late, PARTING_TIME).unref();
}

function fail(what: string, reason: unknown): never {
  console.error(`${what}:`, reason);
  process.exit(1);
}
