// The values that each entry of the package exports, and no others.

import type * as disque from "disque";
import type * as resp from "disque/resp";
import type * as testing from "disque/testing";
import type { Equal, Expect } from "./expect.js";

type Errors =
  | "ClosedError"
  | "ConnectionError"
  | "DisqueError"
  | "OverloadError"
  | "ProtocolError"
  | "ReplyError"
  | "TimeoutError"
  | "UnsupportedError";

export type EntriesAre = [
  Expect<
    Equal<
      keyof typeof disque,
      "Disque" | "Job" | "CountedJob" | "Worker" | "isJobId" | "isAtLeastOnce" | Errors
    >
  >,
  Expect<
    Equal<keyof typeof resp, "Parser" | "CommandEncoder" | "encodeCommand" | "Connection" | "nameOf" | Errors>
  >,
  Expect<Equal<keyof typeof testing, "TestServer" | "TestCluster">>,
];
