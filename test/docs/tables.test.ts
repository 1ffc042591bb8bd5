// Tables of fields, events and errors, compared with the sources; those of options are in options.test.ts.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ROOT, read } from "./markdown.ts";

/** The rows below a comment: the cells of each, without the head. */
function rowsAfter(page: string, comment: string): string[][] {
  const [, , ...rest] = read(page).split(comment);
  assert.equal(rest.length, 0, `${page} has one ${comment}`);
  const [, table = ""] = /^\n+((?:\|.*\n)+)/.exec(read(page).split(comment)[1] ?? "") ?? [];
  return table
    .split("\n")
    .slice(2, -1)
    .map((row) => row.split("|").slice(1, -1));
}

function wordsIn(cell: string): string[] {
  return Array.from(cell.matchAll(/`(\w+)`/g), ([, word = ""]) => word);
}

/** The body of an interface or a class. */
function bodyOf(file: string, name: string): string {
  const source = readFileSync(join(ROOT, "src", file), "utf8");
  const [, body] =
    new RegExp(`^export (?:interface|class) ${name}\\b[^{]*\\{\n(.*?)^\\}`, "ms").exec(source) ?? [];
  assert.ok(body !== undefined, `${file} has ${name}`);
  return body;
}

/** Its fields, in their order. */
function fieldsOf(file: string, name: string): string[] {
  return Array.from(bodyOf(file, name).matchAll(/^ {2}readonly (\w+)/gm), ([, field = ""]) => field);
}

/** Its events, each with its arguments. */
function eventsOf(file: string, name: string): [event: string, args: string[]][] {
  return Array.from(bodyOf(file, name).matchAll(/^ {2}(\w+): \[(.*)\];$/gm), ([, event = "", args = ""]) => [
    event,
    Array.from(args.matchAll(/(\w+):/g), ([, arg = ""]) => arg),
  ]);
}

describe("tables in the manual", () => {
  it("have all fields of a job", () => {
    const listed = rowsAfter("docs/jobs.md", "<!-- fields: CountedJob -->").flatMap(([cell = ""]) =>
      wordsIn(cell),
    );
    const fields = [
      ...fieldsOf("commands/job.ts", "JobFields"),
      ...fieldsOf("commands/job.ts", "CountedJob"),
    ];
    assert.deepEqual(listed, fields);
  });

  it("have all fields of a node", () => {
    const listed = rowsAfter("docs/connecting.md", "<!-- fields: NodeInfo -->").flatMap(([cell = ""]) =>
      wordsIn(cell),
    );
    assert.deepEqual(listed, fieldsOf("cluster/node-info.ts", "NodeInfo"));
  });

  for (const [name, file] of [
    ["DisqueEvents", "client.ts"],
    ["WorkerEvents", "consumer/options.ts"],
  ] as const) {
    it(`have all ${name} with their arguments`, () => {
      const listed = rowsAfter("docs/observability.md", `<!-- events: ${name} -->`).map(
        ([event = "", args = ""]) => [wordsIn(event)[0], wordsIn(args)],
      );
      const events = eventsOf(file, name);
      assert.ok(events.length >= 5);
      assert.deepEqual(listed, events);
    });
  }

  it("have all errors with their codes", () => {
    const source = readFileSync(join(ROOT, "src", "resp", "errors.ts"), "utf8");
    const classes = Array.from(
      source.matchAll(/^export class (\w+) extends DisqueError \{\n(.*?)^\}/gms),
      ([, name = "", body = ""]) => [name, /readonly code = "(\w+)"/.exec(body)?.[1]] as const,
    );
    assert.equal(classes.length, 7);
    const pages = [
      rowsAfter("docs/failure.md", "<!-- errors -->"),
      rowsAfter("README.md", "<!-- errors -->"),
    ];
    for (const rows of pages) {
      const listed = new Map(
        rows.map(([error = "", code = ""]) => [wordsIn(error)[0], wordsIn(code)] as const),
      );
      assert.deepEqual([...listed.keys()].sort(), classes.map(([name]) => name).sort());
      // A ReplyError has the code that the server gives it.
      for (const [name, code] of classes) if (code !== undefined) assert.deepEqual(listed.get(name), [code]);
    }
  });

  it("fit in a README of at most 250 lines", () => {
    assert.ok(read("README.md").split("\n").length <= 250);
  });
});
