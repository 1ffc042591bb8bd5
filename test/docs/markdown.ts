// The Markdown of the repository, and the blocks of code in it.

import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the package. Tests run from `build/test/docs`. */
export const ROOT: string = fileURLToPath(new URL("../../..", import.meta.url));

export interface Block {
  /** Path from the root of the package. */
  readonly file: string;
  /** The line of the fence that opens it. */
  readonly line: number;
  readonly language: string;
  readonly code: string;
  /** The contents of the comments before it: `<!-- with: … -->`, `<!-- run by: … -->` and `<!-- not run: … -->`. */
  readonly setup: string;
  readonly runBy: string | undefined;
  readonly notRun: string | undefined;
  /** The following text block after `<!-- prints -->`. */
  readonly prints: string | undefined;
}

const NOT_OURS: readonly string[] = ["node_modules", "build", "dist", "coverage"];

function markdownIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith(".") || NOT_OURS.includes(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return markdownIn(path);
    return entry.name.endsWith(".md") ? [relative(ROOT, path)] : [];
  });
}

/** All Markdown files, as paths from the root of the package. */
export function markdownFiles(): string[] {
  return markdownIn(ROOT).sort();
}

export function read(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

const FENCE = /^( *)```(\S*)\n(.*?)^ *```$/gms;
const COMMENTS = /(?:<!--(?:(?!-->).)*-->\s*)+$/s;

export function blocksOf(file: string): Block[] {
  const text = read(file);
  const blocks: (Block & { readonly isOutput: boolean })[] = [];
  for (const match of text.matchAll(FENCE)) {
    const [, indent = "", language = "", code = ""] = match;
    const before = text.slice(0, match.index);
    const comments = COMMENTS.exec(before)?.[0] ?? "";
    const said = (word: string): string | undefined =>
      new RegExp(`<!-- ${word}: (.*?) -->`, "s").exec(comments)?.[1];
    blocks.push({
      file,
      line: before.split("\n").length,
      language,
      code: code.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
      setup: said("with") ?? "",
      runBy: said("run by"),
      notRun: said("not run"),
      prints: undefined,
      isOutput: comments.includes("<!-- prints -->"),
    });
  }
  return blocks.flatMap(({ isOutput, ...block }, at) => {
    if (isOutput) return [];
    const next = blocks[at + 1];
    return [next?.isOutput ? { ...block, prints: next.code } : block];
  });
}

export function allBlocks(): Block[] {
  return markdownFiles().flatMap(blocksOf);
}

/** `README.md:12`. */
export function placeOf({ file, line }: Block): string {
  return `${file}:${line}`;
}
