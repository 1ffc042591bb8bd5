// A secret, and every text form of a value in which it might appear.

import { format, inspect } from "node:util";

/** Part of every password and passphrase of the sweep. */
export const SECRET = "s3cr3t";

const BYTES = Buffer.from(SECRET);

/** The secret, and the text forms of buffers that contain it. */
const FORMS: readonly string[] = [
  SECRET,
  [...BYTES].map((byte) => byte.toString(16)).join(" "),
  BYTES.toString("hex"),
  [...BYTES].join(","),
  [...BYTES].join(", "),
];

/** Everything that a program, a log or a debugger may show of a value. */
export function written(value: unknown): string {
  return [...nested(value)]
    .flatMap((part) => [
      attempt(() => String(part)),
      attempt(() => JSON.stringify(part) ?? ""),
      format("%s %o %O %j %d", part, part, part, part, part),
      inspect(part, {
        depth: Number.POSITIVE_INFINITY,
        showHidden: true,
        maxArrayLength: null,
        maxStringLength: null,
      }),
      inspect(part, { depth: Number.POSITIVE_INFINITY, getters: true, maxArrayLength: null }),
      inspect(part, { depth: 20, showHidden: true, customInspect: false, showProxy: true }),
    ])
    .join("\n");
}

/** The secret and its surroundings in the text; `undefined` if it is not there. */
export function found(text: string): string | undefined {
  for (const form of FORMS) {
    const at = text.indexOf(form);
    if (at >= 0) return text.slice(Math.max(0, at - 200), at + 60);
  }
  return undefined;
}

/** The value, and for an error also its stack, its cause and its `errors`. */
function* nested(value: unknown): Generator<unknown> {
  yield value;
  if (!(value instanceof Error)) return;
  yield value.message;
  yield value.stack;
  yield* nested(value.cause);
  for (const error of "errors" in value && Array.isArray(value.errors) ? value.errors : [])
    yield* nested(error);
}

function attempt(write: () => string): string {
  try {
    return write();
  } catch (error) {
    // A value without a prototype has no text form; one with a bigint has no JSON.
    return String(error);
  }
}
