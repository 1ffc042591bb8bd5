// How programs come by the package: `import` and `require`, in processes of their own.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { PACKAGE } from "../support/package-folder.ts";

const run = promisify(execFile);

const ENTRIES = [
  { name: "disque", declarations: "dist/index.d.ts", value: "Disque" },
  { name: "disque/resp", declarations: "dist/resp/index.d.ts", value: "Parser" },
  { name: "disque/testing", declarations: "dist/testing/index.d.ts", value: "TestServer" },
];

/** What a program prints that is given to Node as it is, in the folder of the package, which finds itself by its name. */
async function printed(
  type: "commonjs" | "module",
  program: string,
  ...flags: readonly string[]
): Promise<string> {
  const { stdout } = await run(process.execPath, [...flags, `--input-type=${type}`, "--eval", program], {
    cwd: PACKAGE,
  });
  return stdout.trim();
}

/** What a declaration file exports by name. */
function exportsOf(declarations: string): string[] {
  return [...declarations.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, names = ""]) =>
    names
      .split(",")
      .map((name) => name.replace(/^\s*(?:type\s+)?/, "").trim())
      .filter((name) => name !== ""),
  );
}

describe("the package's entries", { concurrency: true }, () => {
  for (const { name, value } of ENTRIES) {
    it(`${name} is imported`, async () => {
      const program = `import { ${value} } from "${name}"; console.log(${value}.name);`;
      assert.equal(await printed("module", program), value);
    });

    it(`${name} is required from CommonJS, and is the same that is imported`, async () => {
      const program = `
        const required = require("${name}");
        import("${name}").then((imported) => {
          console.log(required.${value}.name, required.${value} === imported.${value});
        });`;
      assert.equal(await printed("commonjs", program), `${value} true`);
    });
  }

  it("the classes and functions that they export are called so", async () => {
    const program = `
      for (const entry of ${JSON.stringify(ENTRIES.map(({ name }) => name))}) {
        for (const [name, value] of Object.entries(await import(entry))) {
          if (value.name !== name) console.log(entry, name, value.name);
        }
      }`;
    assert.equal(await printed("module", program), "");
  });

  it("an error is of the same class in all of them", async () => {
    const program = `
      import * as disque from "disque";
      import * as resp from "disque/resp";
      const errors = Object.keys(resp).filter((name) => name.endsWith("Error"));
      console.log(errors.length, errors.every((name) => disque[name] === resp[name]));`;
    assert.equal(await printed("module", program), "8 true");
  });

  it("a rejection is an error of the package's, named so, whose stack shows the caller's line", async () => {
    const program = `
      import { Disque, DisqueError } from "disque";
      async function caller() {
        await new Disque("127.0.0.1:1", { failoverTimeout: 0 }).ping();
      }
      const error = await caller().catch((reason) => reason);
      console.log(error instanceof DisqueError, /^ConnectionError: .*\\n.* caller /s.test(error.stack));`;
    assert.equal(await printed("module", program), "true true");
  });

  it("a stack leads to the sources, for who enables source maps", async () => {
    const program = `
      import { Disque } from "disque";
      try {
        new Disque("no host");
      } catch ({ stack }) {
        console.log(/\\/src\\/cluster\\/address\\.ts:\\d+/.test(stack));
      }`;
    assert.equal(await printed("module", program, "--enable-source-maps"), "true");
  });

  it("a CommonJS program adds a job and works on it", async () => {
    const program = `
      const { Disque } = require("disque");
      const { TestServer } = require("disque/testing");
      (async () => {
        const server = await TestServer.start();
        const disque = new Disque(server.address);
        const id = await disque.addJob("mail", "hello");
        const [job] = await disque.getJob("mail");
        console.log(job.id === id, job.text(), await disque.ackJob(job));
        await disque.close();
        await server.stop();
      })();`;
    assert.equal(await printed("commonjs", program), "true hello 1");
  });

  it("nothing else can be reached", async () => {
    const program = `import("disque/dist/client.js").catch(({ code }) => console.log(code));`;
    assert.equal(await printed("module", program), "ERR_PACKAGE_PATH_NOT_EXPORTED");
  });

  it("every name that they export is in a test of types", async () => {
    const names = (await readdir("test/types")).filter((name) => name.endsWith(".ts"));
    const tests = await Promise.all(names.map((name) => readFile(`test/types/${name}`, "utf8")));
    const tested = new Set(tests.join("\n").match(/\w+/g));
    for (const { name, declarations } of ENTRIES) {
      const exported = exportsOf(await readFile(join(PACKAGE, declarations), "utf8"));
      assert.ok(exported.length >= 5, `the exports of ${name} were found`);
      for (const each of exported) assert.ok(tested.has(each), `${each} of ${name} is in no test of types`);
    }
  });
});
