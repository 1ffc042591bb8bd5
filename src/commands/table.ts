// The command table: every method of the client that is a command has its row here.

import { type Clients, clientsTable, type Diagnostics, diagnosticsTable } from "./administration.ts";
import type { Table } from "./definition.ts";
import { type Jobs, jobsTable } from "./jobs.ts";
import { type Queues, queuesTable } from "./queues.ts";
import { type Server, serverTable } from "./server.ts";

/** The methods that are commands, except those of `cluster` and `config`. */
export interface Methods extends Jobs, Queues, Server, Clients, Diagnostics {}

/** One row for each method of the client itself. The methods of `cluster` and `config` have their own tables. */
export const table: Table<Methods> = {
  ...jobsTable,
  ...queuesTable,
  ...serverTable,
  ...clientsTable,
  ...diagnosticsTable,
};
