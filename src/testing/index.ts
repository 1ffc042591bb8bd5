export { TestCluster, type TestClusterOptions } from "./cluster.ts";
export { Faults } from "./faults.ts";
export { TestServer, type TestServerOptions } from "./server.ts";
