// `import` and `require` of the package, each in a process of its own.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { INSTALLED, PACKAGE } from "../support/package-folder.ts";

const run = promisify(execFile);

const ENTRIES = [
  { name: "disque", declarations: "dist/index.d.ts", value: "Disque" },
  { name: "disque/resp", declarations: "dist/resp/index.d.ts", value: "Parser" },
  { name: "disque/testing", declarations: "dist/testing/index.d.ts", value: "TestServer" },
];

/** Runs a program in the package's folder, where the package resolves its own name, and returns what it prints. */
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

/** The names that a declaration file exports. */
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
    it(`${name} can be imported`, async () => {
      const program = `import { ${value} } from "${name}"; console.log(${value}.name);`;
      assert.equal(await printed("module", program), value);
    });

    it(`${name} can be required from CommonJS, which loads the same copy`, async () => {
      const program = `
        const required = require("${name}");
        import("${name}").then((imported) => {
          console.log(required.${value}.name, required.${value} === imported.${value});
        });`;
      assert.equal(await printed("commonjs", program), `${value} true`);
    });
  }

  it("exported classes and functions keep their names", async () => {
    const program = `
      for (const entry of ${JSON.stringify(ENTRIES.map(({ name }) => name))}) {
        for (const [name, value] of Object.entries(await import(entry))) {
          if (value.name !== name) console.log(entry, name, value.name);
        }
      }`;
    assert.equal(await printed("module", program), "");
  });

  it("the errors of disque/resp are those of disque", async () => {
    const program = `
      import * as disque from "disque";
      import * as resp from "disque/resp";
      const errors = Object.keys(resp).filter((name) => name.endsWith("Error"));
      const thrown = await new disque.Disque("127.0.0.1:1", { failoverTimeout: 0 }).ping().catch((error) => error);
      console.log(
        errors.length > 5,
        errors.every((name) => disque[name] === resp[name]),
        thrown instanceof resp.ConnectionError,
      );`;
    assert.equal(await printed("module", program), "true true true");
  });

  it("the CommonJS modules share their errors", {
    skip: !INSTALLED && "npm run build makes none",
  }, async () => {
    const program = `
      const disque = require("./dist/cjs/index.js");
      const resp = require("./dist/cjs/resp/index.js");
      const errors = Object.keys(resp).filter((name) => name.endsWith("Error"));
      console.log(errors.length > 5, errors.every((name) => disque[name] === resp[name]));`;
    assert.equal(await printed("commonjs", program), "true true");
  });

  it("package.json can be imported and required", async () => {
    const { version } = JSON.parse(await readFile(join(PACKAGE, "package.json"), "utf8"));
    const importing = `
      const { default: manifest } = await import("disque/package.json", { with: { type: "json" } });
      console.log(manifest.version);`;
    assert.equal(await printed("module", importing), version);
    assert.equal(await printed("commonjs", `console.log(require("disque/package.json").version);`), version);
  });

  it("the stack of a rejection names the error and shows the caller's line", async () => {
    const program = `
      import { Disque, DisqueError } from "disque";
      async function caller() {
        await new Disque("127.0.0.1:1", { failoverTimeout: 0 }).ping();
      }
      const error = await caller().catch((reason) => reason);
      console.log(error instanceof DisqueError, /^ConnectionError: .*\\n.* caller /s.test(error.stack));`;
    assert.equal(await printed("module", program), "true true");
  });

  it("with source maps enabled, a stack shows the TypeScript sources", async () => {
    const program = `
      import { Disque } from "disque";
      try {
        new Disque("no host");
      } catch ({ stack }) {
        console.log(/\\/src\\/.*\\.ts:\\d+/.test(stack));
      }`;
    assert.equal(await printed("module", program, "--enable-source-maps"), "true");
  });

  it("a CommonJS program adds, fetches and acknowledges a job", async () => {
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

  it("other files of the package cannot be imported", async () => {
    const program = `import("disque/dist/client.js").catch(({ code }) => console.log(code));`;
    assert.equal(await printed("module", program), "ERR_PACKAGE_PATH_NOT_EXPORTED");
  });

  it("every exported name appears in a test of types", async () => {
    const names = (await readdir("test/types")).filter((name) => name.endsWith(".ts"));
    const tests = await Promise.all(names.map((name) => readFile(`test/types/${name}`, "utf8")));
    const tested = new Set(tests.join("\n").match(/\w+/g));
    for (const { name, declarations } of ENTRIES) {
      const exported = exportsOf(await readFile(join(PACKAGE, declarations), "utf8"));
      assert.ok(exported.length >= 5, `the exports of ${name} were found`);
      for (const each of exported)
        assert.ok(tested.has(each), `${each} of ${name} appears in no test of types`);
    }
  });
});
