// What a declaration file says, as the compiler writes them: one declaration after another, each with its doc comment.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface Member {
  readonly name: string;
  /** Several, if it is overloaded. */
  readonly signatures: readonly string[];
  readonly doc: string;
}

export interface Declaration {
  readonly name: string;
  /** The file that declares it: the same name may be exported from several. */
  readonly file: string;
  /** Up to its body: `interface JobIdPage`, `class Job`; whole, if it has no members. */
  readonly head: string;
  readonly doc: string;
  readonly members: readonly Member[];
}

interface Piece {
  readonly doc: string;
  readonly text: string;
}

const OPEN = "{([";
const CLOSE = "})]";

/** Cuts a text into what its doc comments stand before, at each `;` or `}` that ends something on the outermost level. */
function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let doc = "";
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? "";
    if (text.startsWith("/**", at)) {
      const end = text.indexOf("*/", at) + 2;
      if (depth === 0) {
        doc = docText(text.slice(at, end));
        start = end;
      }
      at = end - 1;
    } else if (text.startsWith("//", at)) {
      const end = text.indexOf("\n", at);
      at = end === -1 ? text.length : end;
      start = at;
    } else if (char === '"') at = text.indexOf('"', at + 1);
    else if (OPEN.includes(char)) depth++;
    else if (CLOSE.includes(char)) depth--;
    if (depth > 0 || (char !== ";" && !(char === "}" && /^\s*(\n|$)/.test(text.slice(at + 1))))) continue;
    found.push({ doc, text: text.slice(start, at + 1).trim() });
    doc = "";
    start = at + 1;
  }
  return found;
}

function docText(comment: string): string {
  return comment
    .slice(3, -2)
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, ""))
    .join("\n")
    .trim();
}

/** On one line. Comments inside of it are left out: a doc comment tells what a reader needs. */
function flat(text: string): string {
  return text
    .replaceAll(/\/\*\*.*?\*\//gs, "")
    .replaceAll(/\s+/g, " ")
    .replace(/;$/, "")
    .trim();
}

function membersOf(body: string): Member[] {
  const members: { name: string; signatures: string[]; doc: string }[] = [];
  for (const { doc, text } of pieces(body)) {
    const signature = flat(text);
    if (/^(#|private )/.test(signature) || doc.startsWith("@internal")) continue;
    // Of one name, what is static is another thing.
    const [, name = ""] =
      /^(?:(?:readonly|abstract|get|set) )*((?:static )?(?:constructor|\[[^\]]*\]|[\w$]+))/.exec(signature) ??
      [];
    const same = members.find((member) => member.name === name);
    if (same === undefined) members.push({ name, signatures: [signature], doc });
    else {
      same.signatures.push(signature);
      if (same.doc === "") same.doc = doc;
    }
  }
  return members;
}

const DECLARATION = /^export (?:declare )?(?:abstract )?(class|interface|type|function|const) ([\w$]+)/;

/** What a file declares itself. */
function declarationsIn(file: string): Declaration[] {
  return pieces(readFileSync(file, "utf8")).flatMap(({ doc, text }) => {
    const [, kind, name] = DECLARATION.exec(text) ?? [];
    if (name === undefined) return [];
    const plain = text.replace(/^export (declare )?/, "");
    if (kind !== "class" && kind !== "interface")
      return [{ name, file, head: flat(plain), doc, members: [] }];
    const brace = plain.indexOf("{");
    const head = flat(plain.slice(0, brace));
    return [{ name, file, head, doc, members: membersOf(plain.slice(brace + 1, plain.lastIndexOf("}"))) }];
  });
}

/** What a file exports, in the order in which it does; what it takes from others is looked up there. */
export function exportsOf(file: string): Declaration[] {
  const own = declarationsIn(file);
  const taken = Array.from(
    readFileSync(file, "utf8").matchAll(/^export (?:type )?\{([^}]*)\} from "([^"]+)";/gm),
    ([, names = "", from = ""]) => {
      const others = exportsOf(join(dirname(file), from.replace(/\.ts$/, ".d.ts")));
      return names
        .split(",")
        .map((name) => name.trim().replace(/^type /, ""))
        .filter((name) => name !== "")
        .map((name) => {
          const found = others.filter((other) => other.name === name);
          return merged(found, `${name} of ${file}`);
        });
    },
  );
  return [...own, ...taken.flat()];
}

/** A class and an interface of one name are one thing. */
function merged(declarations: readonly Declaration[], what: string): Declaration {
  const [first, ...more] = declarations;
  if (first === undefined) throw new Error(`${what} is not declared`);
  const parents = more.flatMap(({ head }) => / extends (.*)$/.exec(head)?.[1] ?? []);
  const head = parents.length === 0 ? first.head : `${first.head} implements ${parents.join(", ")}`;
  return { ...first, head, members: [...first.members, ...more.flatMap(({ members }) => members)] };
}
