// The reference of the package, in Markdown, from the declarations that the build makes: a page for each entry point.

import { join } from "node:path";
import { anchorsOf } from "./anchors.ts";
import { type Declaration, exportsOf, type Member } from "./declarations.ts";

interface Page {
  readonly specifier: string;
  readonly name: string;
  /** Its declarations, under `dist`. */
  readonly entry: string;
  readonly about: string;
}

const PAGES: readonly Page[] = [
  {
    specifier: "disque",
    name: "disque.md",
    entry: "index.d.ts",
    about: "The client. Its methods stand in the interfaces that [`Disque`](#Disque) implements.",
  },
  {
    specifier: "disque/resp",
    name: "resp.md",
    entry: "resp/index.d.ts",
    about: "RESP on a socket, for authors of other clients.",
  },
  {
    specifier: "disque/testing",
    name: "testing.md",
    entry: "testing/index.d.ts",
    about: "A Disque in the process of your tests: [how to use it](../testing.md).",
  },
];

/** The text of each page, by its name under `docs/api`. */
export function apiPages(dist: string): Map<string, string> {
  /** The page that each declaration is on. */
  const places = new Map<string, string>();
  const texts = new Map<string, string>();
  for (const { specifier, name, entry, about } of PAGES) {
    const parts = exportsOf(join(dist, entry)).map((declaration) => {
      const key = `${declaration.file} ${declaration.name}`;
      const place = places.get(key);
      if (place === undefined) places.set(key, name);
      return place === undefined
        ? section(declaration)
        : `## ${declaration.name}\n\nSee [\`${declaration.name}\`](${place}#${declaration.name}).`;
    });
    const head = `<!-- Made from the doc comments by \`npm run docs\`. -->\n\n# ${specifier}\n\n${about}`;
    texts.set(name, `${[head, ...parts].join("\n\n")}\n`);
  }
  for (const [name, text] of texts) texts.set(name, withAnchors(name, text, texts));
  return texts;
}

/** Links by the names of declarations become links to the anchors that they have. */
function withAnchors(name: string, text: string, texts: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\]\(([a-z]+\.md)?#([A-Z]\w*)\)/g, (link, page: string = "", title: string) => {
    const anchors = anchorsOf(texts.get(page || name) ?? "");
    const found = anchors.find((heading) => heading.title === title);
    return found === undefined ? link : `](${page}#${found.anchor})`;
  });
}

function section({ name, head, doc, members }: Declaration): string {
  const parts = [`## ${name}`, code(head)];
  const parents = Array.from(
    head.matchAll(/(?:extends|implements) ([A-Z]\w+(?:, [A-Z]\w+)*)/g),
    ([, names = ""]) => names.split(", "),
  ).flat();
  const ours = parents.filter((parent) => !["Error", "EventEmitter"].includes(parent));
  if (ours.length > 0)
    parts.push(`Has what ${ours.map((parent) => `[\`${parent}\`](#${parent})`).join(", ")} has.`);
  if (doc !== "") parts.push(markdown(doc));
  if (members.length > 0)
    parts.push(members.some(needsRoom) ? members.map(entry).join("\n\n") : tableOf(members));
  return parts.join("\n\n");
}

/** Whether a member is more than a line of a table can hold: a method, or one with an example. */
function needsRoom({ signatures: [signature = ""], doc }: Member): boolean {
  return /^(?:(?:static|get|set) )*[\w$[\].]+(?:<[^(]*>)?\(/.test(signature) || /\n\n|^@/m.test(doc);
}

function entry({ name, signatures, doc }: Member): string {
  return [`### ${name.replaceAll(/[[\]]/g, "\\$&")}`, signatures.map(code).join("<br>\n"), markdown(doc)]
    .filter((part) => part !== "")
    .join("\n\n");
}

function tableOf(members: readonly Member[]): string {
  const rows = members.map(({ name, signatures: [signature = ""], doc }) => {
    const type = signature.replace(/^.*?\??(?:: | = )/, "").replace(/ \| undefined$/, "");
    return `| \`${name}\` | ${cell(code(type))} | ${cell(markdown(doc).replaceAll("\n", " "))} |`;
  });
  return ["| | type | |", "|---|---|---|", ...rows].join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function code(text: string): string {
  return `\`${text}\``;
}

/** A doc comment, with its tags as Markdown. */
function markdown(doc: string): string {
  return doc
    .replaceAll(/\{@link (\w+)\}/g, "`$1`")
    .replaceAll(/^@param (\w+) /gm, "- `$1`: ")
    .replaceAll(/^@throws a /gm, "- throws a ")
    .replaceAll(
      /^@example\n(.*?)(?=^@|(?![\s\S]))/gms,
      (_all, example: string) => `\`\`\`ts\n${example.trim()}\n\`\`\``,
    );
}
