// The errors. "disque" and "disque/resp" export the same ones.

import type * as disque from "disque";
import {
  type ClosedError,
  ConnectionError,
  DisqueError,
  type OverloadError,
  type ProtocolError,
  ReplyError,
  TimeoutError,
  type UnsupportedError,
} from "disque";
import type * as resp from "disque/resp";
import { type Equal, type Expect, expectType } from "./expect.js";

type Errors = Extract<keyof typeof resp, `${string}Error`>;

export type TheSame = Expect<Equal<Pick<typeof resp, Errors>, Pick<typeof disque, Errors>>>;

export type CodesAre = [
  Expect<Equal<DisqueError["code"], string>>,
  Expect<Equal<ReplyError["code"], string>>,
  Expect<Equal<ConnectionError["code"], "CONNECTION">>,
  Expect<Equal<TimeoutError["code"], "TIMEOUT">>,
  Expect<Equal<ProtocolError["code"], "PROTOCOL">>,
  Expect<Equal<ClosedError["code"], "CLOSED">>,
  Expect<Equal<OverloadError["code"], "OVERLOAD">>,
  Expect<Equal<UnsupportedError["code"], "UNSUPPORTED">>,
];

export function caught(error: unknown): void {
  if (!(error instanceof DisqueError)) return;
  expectType(error).is<DisqueError>();
  expectType(error.message).is<string>();
  // @ts-expect-error it is readonly
  error.code = "OTHER";
  if (error instanceof ReplyError) {
    expectType<"ReplyError">(error.name);
    expectType(error.command).is<string | undefined>();
  }
  if (error instanceof ConnectionError) {
    expectType(error.sent).is<boolean>();
    expectType(error.errors).is<readonly Error[]>();
    // @ts-expect-error a code that this error never has
    if (error.code === "TIMEOUT") return;
  }
  if (error instanceof TimeoutError) {
    // @ts-expect-error only a `ConnectionError` has it
    error.sent;
  }
}

/** The codes distinguish the errors. */
export function distinguished(error: ConnectionError | TimeoutError | OverloadError): void {
  switch (error.code) {
    case "CONNECTION":
      expectType(error).is<ConnectionError>();
      break;
    case "TIMEOUT":
      expectType(error).is<TimeoutError>();
      break;
    case "OVERLOAD":
      expectType(error).is<OverloadError>();
      break;
    default:
      expectType(error).is<never>();
  }
}

export function making(): void {
  new ReplyError("NOREPL Timeout reached", "ADDJOB");
  new ConnectionError("lost", { sent: true, errors: [new TimeoutError("late")], cause: 5 });
  // @ts-expect-error it is abstract
  new DisqueError("…");
  // @ts-expect-error a misspelt detail
  new ConnectionError("lost", { error: new Error() });
}
