import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { exportsOf, propertiesOf } from "./declarations.ts";
import { markdownFiles, read } from "./markdown.ts";

interface Table {
  readonly file: string;
  readonly options: string;
  /** The other columns, by option. */
  readonly rows: ReadonlyMap<string, string>;
}

/** Tables of options follow a comment: `<!-- options: AddJobOptions -->`. */
const tables: Table[] = markdownFiles().flatMap((file) =>
  Array.from(
    read(file).matchAll(/<!-- options: (\w+) -->\n+((?:\|.*\n)+)/g),
    ([, options = "", table = ""]) => {
      const rows = table
        .split("\n")
        .slice(2)
        .flatMap((row): [string, string][] => {
          const [, option, others] = /^\| `(\w+)` \|(.*)$/.exec(row) ?? [];
          return option === undefined || others === undefined ? [] : [[option, others]];
        });
      return { file, options, rows: new Map(rows) };
    },
  ),
);

const options = ["index.d.ts", "testing/index.d.ts"]
  .flatMap(exportsOf)
  .filter(({ name }) => /Options$|^Poison$/.test(name))
  .map((exported) => ({ name: exported.name, members: propertiesOf(exported) }));

describe("options in the manual", () => {
  for (const { name, members } of options) {
    it(`${name} are all in a table, with the defaults that their comments give`, () => {
      const table = tables.find(({ options }) => options === name);
      assert.ok(table !== undefined, `no page has a table with <!-- options: ${name} -->`);
      assert.deepEqual([...table.rows.keys()].sort(), members.map((member) => member.name).sort());
      for (const { name: option, doc } of members) {
        const [, number] = /[Dd]efault:? ([\d,]*\d)/.exec(doc) ?? [];
        const row = table.rows.get(option) ?? "";
        if (number !== undefined) assert.ok(row.includes(number), `${option}: ${row} does not say ${number}`);
      }
    });
  }
});
