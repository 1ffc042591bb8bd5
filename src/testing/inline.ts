const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", a: "\x07" };

/**
 * Splits a command line with "double" and 'single' quotes into words, like sds.c, sdssplitargs. Returns null when the
 * quotes are unbalanced. Empty words are left out, as in networking.c.
 */
export function splitInline(line: string): string[] | null {
  const words: string[] = [];
  let at = 0;
  for (;;) {
    while (isSpace(line[at])) at++;
    if (at >= line.length) return words.filter((word) => word !== "");
    let word = "";
    while (at < line.length && !/[ \n\r\t]/.test(line.charAt(at))) {
      const quote = line.charAt(at);
      if (quote !== '"' && quote !== "'") {
        word += quote;
        at++;
        continue;
      }
      const quoted = quote === '"' ? readDouble(line, at + 1) : readSingle(line, at + 1);
      if (quoted === null || (quoted.end < line.length && !isSpace(line[quoted.end]))) return null;
      word += quoted.text;
      at = quoted.end;
    }
    words.push(word);
  }
}

interface Quoted {
  readonly text: string;
  /** The position after the closing quote. */
  readonly end: number;
}

function readDouble(line: string, from: number): Quoted | null {
  let text = "";
  for (let at = from; at < line.length; at++) {
    const hex = /^\\x([0-9a-fA-F]{2})/.exec(line.slice(at, at + 4))?.[1];
    if (hex !== undefined) {
      text += String.fromCharCode(Number.parseInt(hex, 16));
      at += 3;
    } else if (line[at] === "\\" && at + 1 < line.length) {
      const escaped = line.charAt(++at);
      text += ESCAPES[escaped] ?? escaped;
    } else if (line[at] === '"') {
      return { text, end: at + 1 };
    } else {
      text += line.charAt(at);
    }
  }
  return null;
}

function readSingle(line: string, from: number): Quoted | null {
  let text = "";
  for (let at = from; at < line.length; at++) {
    if (line.startsWith("\\'", at)) {
      text += "'";
      at++;
    } else if (line[at] === "'") {
      return { text, end: at + 1 };
    } else {
      text += line.charAt(at);
    }
  }
  return null;
}

function isSpace(character: string | undefined): boolean {
  return character !== undefined && /[ \t\n\v\f\r]/.test(character);
}
