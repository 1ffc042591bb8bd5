// The package from CommonJS.

const assert = require("node:assert/strict");
const { Disque } = require("disque");
const { encodeCommand } = require("disque/resp");
const { TestServer } = require("disque/testing");

async function main() {
  const server = await TestServer.start();
  const disque = new Disque(server.address);
  const id = await disque.addJob("mail", "hello");
  const [job] = await disque.getJob("mail");
  assert.equal(job?.id, id);
  assert.equal(await disque.ackJob(id), 1);
  await disque.close();
  await server.stop();
  assert.equal(encodeCommand(["PING"]).toString(), "*1\r\n$4\r\nPING\r\n");
  assert.equal((await import("disque")).Disque, Disque);
  console.log("1 of 1 checks passed");
}

main();
