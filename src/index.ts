/// <reference types="node" preserve="true" />

export { type CloseOptions, Disque, type DisqueEvents, type JobCopy } from "./client.ts";
export type { NodeAddress } from "./cluster/addresses/address.ts";
export type { NodeInfo } from "./cluster/node-info.ts";
export type { DisqueOptions } from "./cluster/options.ts";
export type { CommandTrace, ConnectTrace } from "./cluster/tracing.ts";
export type { AddJobOptions } from "./commands/add-job.ts";
export type {
  ClientInfo,
  ClientKillOptions,
  Clients,
  Diagnostics,
  LatencyEvent,
  LatencyEvents,
  LatencySample,
  SlowlogEntry,
} from "./commands/administration.ts";
export type { CallOptions } from "./commands/definition.ts";
export type { Hello, HelloNode } from "./commands/hello.ts";
export { CountedJob, isAtLeastOnce, isJobId, Job, type JobFields, type JobRef } from "./commands/job.ts";
export type { JobInfo, JobState } from "./commands/job-info.ts";
export type {
  GetJobOptions,
  JobArguments,
  JobIdPage,
  JobInfoPage,
  Jobs,
  JscanOptions,
} from "./commands/jobs.ts";
export type {
  PauseOptions,
  PauseState,
  QscanOptions,
  QueuePage,
  QueueStat,
  Queues,
} from "./commands/queues.ts";
export type { PlainCallOptions, PlainReply } from "./commands/raw-call.ts";
export type {
  CommandInfo,
  CommandNames,
  Info,
  InfoSection,
  Server,
  ServerTime,
  ShutdownOptions,
} from "./commands/server.ts";
export type { ClusterCommands, ClusterNode, ConfigCommands } from "./commands/subcommands.ts";
export type { Methods } from "./commands/table.ts";
export type { JobsOptions } from "./consumer/jobs.ts";
export type {
  Backoff,
  JobContext,
  JobHandler,
  Poison,
  StopOptions,
  WorkerEvents,
  WorkOptions,
} from "./consumer/options.ts";
export { Worker } from "./consumer/worker.ts";
export {
  type Argument,
  ClosedError,
  ConnectionError,
  DisqueError,
  OverloadError,
  type ParserLimits,
  ProtocolError,
  type Reply,
  ReplyError,
  TimeoutError,
  UnsupportedError,
} from "./resp/index.ts";
