// Npm scripts and files that shell commands in the documentation name must exist.

import { join } from "node:path";
import { read } from "./markdown.ts";

interface Place {
  readonly folder: string;
  readonly exists: (path: string) => boolean;
}

type Check = (words: readonly string[], place: Place) => string[];

const fine: Check = () => [];

const COMMANDS: Readonly<Record<string, Check>> = {
  npm,
  node: (words, { folder, exists }) => {
    const file = words.find((word) => /\.[cm]?js$/.test(word));
    if (file === undefined) return [];
    // Compiled files have their source in the same place.
    const path = join(folder, file.replace(/^build\/(.*)\.js$/, "$1.ts"));
    return exists(path) || file === "first.mjs" ? [] : [`there is no ${path}`];
  },
  // Not part of this repository: nothing to check.
  git: fine,
  grep: fine,
  "disque-server": fine,
  npx: ([name = ""]) => {
    const { bin = {} }: { bin?: Record<string, string> } = JSON.parse(read("package.json"));
    return name in bin ? [] : [`package.json has no bin ${name}`];
  },
  export: fine,
};

/** The problems of commands that are run in a folder, one line each. */
export function complaintsAbout(code: string, begin: string, exists: (path: string) => boolean): string[] {
  let folder = begin;
  const complaints: string[] = [];
  const lines = code.replaceAll("\\\n", " ").split("\n");
  for (const line of lines) {
    for (const command of line.replace(/(^|\s)#.*$/, "").split(/&&|;|\|/)) {
      const words = (command.match(/(?:"[^"]*"|'[^']*'|\S)+/g) ?? []).filter(
        (word) => !/^[A-Z_]+=/.test(word),
      );
      const [name, ...rest] = words;
      if (name === undefined) continue;
      if (name === "cd") {
        folder = join(folder, rest[0] ?? "");
        if (!exists(folder)) complaints.push(`there is no ${folder}`);
        continue;
      }
      const check = COMMANDS[name];
      if (check === undefined) complaints.push(`${name} is a command that is not known`);
      else complaints.push(...check(rest, { folder, exists }));
    }
  }
  return complaints;
}

function npm(words: readonly string[], { folder, exists }: Place): string[] {
  const at = words.indexOf("--prefix");
  const where = at === -1 ? folder : join(folder, words[at + 1] ?? "");
  const [verb = "", name = ""] = words.filter(
    (word, index) => !word.startsWith("-") && (at === -1 || index !== at + 1),
  );
  if (["install", "ci", "pack", "publish", "view", "version"].includes(verb)) return [];
  const script = verb === "run" ? name : verb;
  const file = join(where, "package.json");
  if (!exists(file)) return [`there is no ${file}`];
  const { scripts = {} }: { scripts?: Record<string, string> } = JSON.parse(read(file));
  return script in scripts ? [] : [`${file} has no script ${script}`];
}
