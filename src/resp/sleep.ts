/**
 * Waits so many milliseconds, or rejects when `signal` is aborted. Few programs ever have to: `node:timers/promises` is
 * loaded with the first pause.
 */
export function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  const { setTimeout } = process.getBuiltinModule("node:timers/promises");
  return setTimeout(milliseconds, undefined, signal === undefined ? {} : { signal });
}
