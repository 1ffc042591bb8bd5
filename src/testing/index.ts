/// <reference types="node" preserve="true" />

export { TestCluster, type TestClusterOptions } from "./cluster.ts";
export type { Faults } from "./faults.ts";
export { TestServer, type TestServerOptions } from "./server.ts";
