// A picture drawn in characters, as SVG. Lines are those of the box-drawing characters; the first line of the text is the
// title. `*…*` is drawn in the colour of what matters, `!…!` in that of what is lost, `~…~` in that of remarks.

const WIDTH = 8.4;
const HEIGHT = 20;
const FONT_SIZE = 14;
const MARGIN = 20;
const ROUNDING = 6;

type Side = "left" | "right" | "up" | "down";

/** To which sides of its cell each character reaches from the middle. */
const SIDES: Readonly<Record<string, readonly Side[]>> = {
  "─": ["left", "right"],
  "│": ["up", "down"],
  "┌": ["right", "down"],
  "┐": ["left", "down"],
  "└": ["right", "up"],
  "┘": ["left", "up"],
  "├": ["up", "down", "right"],
  "┤": ["up", "down", "left"],
  "┬": ["left", "right", "down"],
  "┴": ["left", "right", "up"],
  "┼": ["left", "right", "up", "down"],
};

/** Likewise, dashed. */
const DASHED: Readonly<Record<string, readonly Side[]>> = { "╌": ["left", "right"], "┆": ["up", "down"] };

/** Where the tip of an arrow is, and the line behind it. */
const ARROWS: Readonly<Record<string, Side>> = { "▶": "right", "◀": "left", "▲": "up", "▼": "down" };

const MARKS: Readonly<Record<string, string>> = { "*": "strong", "!": "lost", "~": "remark" };

const STYLE = `
  .paper { fill: #ffffff; }
  .line { fill: none; stroke: #6e7781; stroke-width: 1.5; }
  .dashed { stroke-dasharray: 3 4; }
  .tip { fill: #6e7781; }
  text { font: ${FONT_SIZE}px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #1f2328; white-space: pre; }
  .strong { fill: #0550ae; font-weight: bold; }
  .lost { fill: #cf222e; font-weight: bold; }
  .remark { fill: #57606a; }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #161b22; }
    .line { stroke: #8b949e; }
    .tip { fill: #8b949e; }
    text { fill: #e6edf3; }
    .strong { fill: #79c0ff; }
    .lost { fill: #ff7b72; }
    .remark { fill: #9198a1; }
  }`;

interface Cell {
  readonly x: number;
  readonly y: number;
}

export function svgOf(source: string): string {
  const [title = "", ...lines] = source.trimEnd().split("\n");
  while (lines[0]?.trim() === "") lines.shift();
  const rows = lines.map((line) => [...line]);
  const width = round(Math.max(...rows.map((row) => row.length)) * WIDTH + 2 * MARGIN);
  const height = rows.length * HEIGHT + 2 * MARGIN;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="paper" width="${width}" height="${height}" rx="10"/>`,
    `<path class="line" d="${lineOf(rows, SIDES)}"/>`,
  ];
  const dashed = lineOf(rows, DASHED);
  if (dashed !== "") parts.push(`<path class="line dashed" d="${dashed}"/>`);
  const tips = cellsOf(rows, (char) => char in ARROWS).map(({ char, cell }) =>
    tip(cell, ARROWS[char] ?? "right"),
  );
  if (tips.length > 0) parts.push(`<path class="tip" d="${tips.join("")}"/>`);
  rows.forEach((row, y) => {
    parts.push(...textsOf(row, y));
  });
  return `${[...parts, "</svg>"].join("\n")}\n`;
}

function cellsOf(
  rows: readonly (readonly string[])[],
  wanted: (char: string) => boolean,
): { readonly char: string; readonly cell: Cell }[] {
  return rows.flatMap((row, y) =>
    row.flatMap((char, x) => (wanted(char) ? [{ char, cell: { x: middleX(x), y: middleY(y) } }] : [])),
  );
}

function middleX(x: number): number {
  return round(MARGIN + (x + 0.5) * WIDTH);
}

function middleY(y: number): number {
  return MARGIN + (y + 0.5) * HEIGHT;
}

function edge({ x, y }: Cell, side: Side): string {
  const dx = side === "left" ? -WIDTH / 2 : side === "right" ? WIDTH / 2 : 0;
  const dy = side === "up" ? -HEIGHT / 2 : side === "down" ? HEIGHT / 2 : 0;
  return `${round(x + dx)} ${round(y + dy)}`;
}

/** The lines of those characters as a path: each straight stretch once, corners rounded. */
function lineOf(rows: readonly (readonly string[])[], sides: typeof SIDES): string {
  const reaches = (x: number, y: number, side: Side): boolean => {
    const char = rows[y]?.[x] ?? "";
    return sides[char]?.includes(side) ?? (sides === SIDES && isBehind(char, side));
  };
  let path = "";
  rows.forEach((row, y) => {
    row.forEach((char, x) => {
      const cell = { x: middleX(x), y: middleY(y) };
      if (sides === SIDES && "┌┐└┘".includes(char)) {
        const [across = "left", along = "up"] = SIDES[char] ?? [];
        path += `M${edge(cell, across)}L${rounded(cell, across)}Q${cell.x} ${cell.y} ${rounded(cell, along)}L${edge(cell, along)}`;
        return;
      }
      for (const [from, to, before, after] of STRETCHES) {
        if (!reaches(x, y, from) && !reaches(x, y, to)) continue;
        const start = reaches(x, y, from) ? edge(cell, from) : `${cell.x} ${cell.y}`;
        // Part of a stretch that began before it.
        const [px, py] = before(x, y);
        if (reaches(x, y, from) && isStraight(rows[py]?.[px], from, to, sides)) continue;
        let [endX, endY] = [x, y];
        let [nextX, nextY] = after(x, y);
        while (reaches(endX, endY, to) && isStraight(rows[nextY]?.[nextX], from, to, sides)) {
          [endX, endY] = [nextX, nextY];
          [nextX, nextY] = after(endX, endY);
        }
        const last = { x: middleX(endX), y: middleY(endY) };
        path += `M${start}L${reaches(endX, endY, to) ? edge(last, to) : `${last.x} ${last.y}`}`;
      }
    });
  });
  return path;
}

type Step = (x: number, y: number) => [number, number];

const STRETCHES: readonly (readonly [from: Side, to: Side, before: Step, after: Step])[] = [
  ["left", "right", (x, y) => [x - 1, y], (x, y) => [x + 1, y]],
  ["up", "down", (x, y) => [x, y - 1], (x, y) => [x, y + 1]],
];

/** Whether a character goes on in the direction that a stretch has. */
function isStraight(char: string | undefined, from: Side, to: Side, sides: typeof SIDES): boolean {
  const reached = sides[char ?? ""];
  return (
    reached !== undefined && !"┌┐└┘".includes(char ?? "") && reached.includes(from) && reached.includes(to)
  );
}

/** An arrow has its line on the side that its tip is not on. */
function isBehind(char: string, side: Side): boolean {
  const behind: Readonly<Record<Side, Side>> = { left: "right", right: "left", up: "down", down: "up" };
  const tipSide = ARROWS[char];
  return tipSide !== undefined && behind[tipSide] === side;
}

function rounded({ x, y }: Cell, side: Side): string {
  const across = Math.min(ROUNDING, WIDTH / 2);
  const dx = side === "left" ? -across : side === "right" ? across : 0;
  const dy = side === "up" ? -ROUNDING : side === "down" ? ROUNDING : 0;
  return `${round(x + dx)} ${round(y + dy)}`;
}

function tip({ x, y }: Cell, side: Side): string {
  const long = 5;
  const wide = 4.5;
  const points: Readonly<Record<Side, readonly [number, number][]>> = {
    right: [
      [long, 0],
      [-long, -wide],
      [-long, wide],
    ],
    left: [
      [-long, 0],
      [long, -wide],
      [long, wide],
    ],
    down: [
      [0, long],
      [-wide, -long],
      [wide, -long],
    ],
    up: [
      [0, -long],
      [-wide, long],
      [wide, long],
    ],
  };
  return `M${points[side].map(([dx, dy]) => `${round(x + dx)} ${round(y + dy)}`).join("L")}Z`;
}

/** The texts of a row: words with one space between them belong together. */
function textsOf(row: readonly string[], y: number): string[] {
  const drawn = (char: string): boolean => char in SIDES || char in DASHED || char in ARROWS;
  const line = row.map((char) => (drawn(char) ? " " : char)).join("");
  const texts: string[] = [];
  for (const match of line.matchAll(/([*!~])(\S.*?)\1|(?:[^\s*!~]+ ?)+/g)) {
    const [all, mark = "", marked] = match;
    const text = (marked ?? all).trimEnd();
    const x = round(MARGIN + (match.index + mark.length) * WIDTH);
    const length = round([...text].length * WIDTH);
    const kind = mark === "" ? "" : ` class="${MARKS[mark]}"`;
    texts.push(
      `<text x="${x}" y="${middleY(y) + FONT_SIZE / 3}" textLength="${length}"${kind}>${escaped(text)}</text>`,
    );
  }
  return texts;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
