// Run by scripts/check-package.js: Jest without flags or configuration resolves `require` by the `require` condition.

/* global expect, test */

const { ConnectionError, Disque } = require("disque");
const resp = require("disque/resp");
const { TestServer } = require("disque/testing");

test("a job is added, fetched and acknowledged", async () => {
  const server = await TestServer.start();
  const disque = new Disque(server.address);
  const id = await disque.addJob("mail", "hello");
  const [job] = await disque.getJob("mail");
  expect(job.id).toBe(id);
  expect(job.text()).toBe("hello");
  expect(await disque.ackJob(job)).toBe(1);
  await disque.close();
  await server.stop();
});

test("both entries have the same errors", () => {
  expect(resp.ConnectionError).toBe(ConnectionError);
});
