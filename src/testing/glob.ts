/** Whether `text` matches a pattern of `*`, `?`, `[a-z]`, `[^a-z]` and backslash: util.c, stringmatchlen. */
export function globMatches(pattern: string, text: string): boolean {
  return toRegExp(pattern).test(text);
}

function toRegExp(pattern: string): RegExp {
  let source = "";
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at);
    if (character === "*") {
      source += source.endsWith(".*") ? "" : ".*";
    } else if (character === "?") {
      source += ".";
    } else if (character === "[") {
      const end = classEnd(pattern, at + 1);
      source += characterClass(pattern.slice(at + 1, end));
      at = end;
    } else {
      if (character === "\\" && at + 1 < pattern.length) at++;
      source += literal(pattern.charAt(at));
    }
  }
  return new RegExp(`^${source}$`, "s");
}

function classEnd(pattern: string, from: number): number {
  let at = from;
  while (at < pattern.length && pattern[at] !== "]") at += pattern[at] === "\\" ? 2 : 1;
  return Math.min(at, pattern.length);
}

function characterClass(body: string): string {
  const negated = body.startsWith("^");
  let source = "";
  for (let at = negated ? 1 : 0; at < body.length; at++) {
    const first = body.charAt(at);
    const last = body.charAt(at + 2);
    if (first === "\\" && at + 1 < body.length) {
      source += literal(body.charAt(++at));
    } else if (body[at + 1] === "-" && last !== "") {
      source += first <= last ? `${literal(first)}-${literal(last)}` : `${literal(last)}-${literal(first)}`;
      at += 2;
    } else {
      source += literal(first);
    }
  }
  // An empty class matches nothing, and its negation anything.
  if (source === "") return negated ? "." : "(?!)";
  return `[${negated ? "^" : ""}${source}]`;
}

function literal(character: string): string {
  return /[a-zA-Z0-9]/.test(character)
    ? character
    : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
