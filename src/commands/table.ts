// The command table: what every method of the client is made from.

import { type Clients, clientsTable } from "./clients.ts";
import type { Table } from "./command.ts";
import { type Jobs, jobsTable } from "./jobs.ts";
import { type Logs, logsTable } from "./logs.ts";
import { type Queues, queuesTable } from "./queues.ts";
import { type Server, serverTable } from "./server.ts";

/** All methods that are commands, but for those of `cluster` and `config`. */
export interface Methods extends Jobs, Queues, Server, Clients, Logs {}

/** A row for each method that stands on the client itself. Those of `cluster` and `config` have tables of their own. */
export const table: Table<Methods> = {
  ...jobsTable,
  ...queuesTable,
  ...serverTable,
  ...clientsTable,
  ...logsTable,
};
