import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { DEFAULT_LIMITS } from "../../src/resp/parser.ts";

const root = new URL("../../../", import.meta.url);

/** A file as one line, without comment markers. */
function read(file: string): string {
  return readFileSync(fileURLToPath(new URL(file, root)), "utf8").replace(/\s+/g, " ");
}

/** How each limit is written in SECURITY.md. */
const SAID: Readonly<Record<keyof typeof DEFAULT_LIMITS, string>> = {
  maxDepth: "32",
  maxElements: DEFAULT_LIMITS.maxElements.toLocaleString("en"),
  maxBulkLength: `${DEFAULT_LIMITS.maxBulkLength / 2 ** 20} MiB`,
  maxLineLength: `${DEFAULT_LIMITS.maxLineLength / 2 ** 10} KiB`,
  maxReplyLength: `${DEFAULT_LIMITS.maxReplyLength / 2 ** 20} MiB`,
};

describe("the default of a limit on replies is documented", () => {
  const types = read("src/resp/parser.ts");
  const security = read("SECURITY.md");
  for (const [name, limit] of Object.entries(DEFAULT_LIMITS)) {
    it(`at its declaration: ${name}`, () => {
      const [, documentation = ""] =
        new RegExp(`/\\*\\* ([^/]*) \\*/ readonly ${name}\\?:`).exec(types) ?? [];
      assert.match(documentation, new RegExp(`Default ${limit.toLocaleString("en")}\\b`));
    });
  }
  for (const [name, said] of Object.entries(SAID))
    it(`in SECURITY.md: ${name}`, () => {
      assert.match(security, new RegExp(`\\| \`${name}\`[^|]* \\| ${said}\\b`));
    });
});
