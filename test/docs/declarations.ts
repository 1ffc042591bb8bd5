// The exports of the package's entries, as the compiler wrote them to `dist`.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "./markdown.ts";

export interface Exported {
  readonly name: string;
  /** Whether a program can use it at run time. */
  readonly isValue: boolean;
  /** The file that declares it. */
  readonly file: string;
}

export interface Option {
  readonly name: string;
  readonly doc: string;
}

/** What an entry such as `index.d.ts` exports. */
export function exportsOf(entry: string): Exported[] {
  const path = join(ROOT, "dist", entry);
  const lists = readFileSync(path, "utf8").matchAll(/^export (type )?\{([^}]*)\} from "([^"]*)"/gm);
  return Array.from(lists, ([, areTypes, names = "", from = ""]) =>
    names.split(",").flatMap((each) => {
      const [, isType, name] = /^\s*(type\s+)?(\w+)\s*$/.exec(each) ?? [];
      if (name === undefined) return [];
      const file = join(dirname(path), from.replace(/\.[jt]s$/, ".d.ts"));
      return [{ name, isValue: areTypes === undefined && isType === undefined, file }];
    }),
  ).flat();
}

/** The properties of an interface, with their doc comments. */
export function propertiesOf({ name, file }: Exported): Option[] {
  const body = new RegExp(`^export interface ${name}\\b[^{]*\\{\n(.*?)^\\}`, "ms").exec(
    readFileSync(file, "utf8"),
  );
  const properties = (body?.[1] ?? "").matchAll(
    /(?:\/\*\*((?:(?!\*\/).)*)\*\/\s*)?^ {4}(?:readonly )?(\w+)\??:/gms,
  );
  return Array.from(properties, ([, doc = "", property = ""]) => ({
    name: property,
    doc: doc.replaceAll(/\s*\n\s*\*\s?/g, " ").trim(),
  }));
}
