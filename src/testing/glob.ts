/** What one element of a pattern matches: any number of characters, or one character. */
type Element = "*" | ((character: string) => boolean);

/**
 * Whether `text` matches a pattern with `*`, `?`, `[a-z]`, `[^a-z]` and backslash: util.c, stringmatchlen. After a
 * mismatch, only the last `*` is retried with one more character, so the time is at most quadratic.
 */
export function globMatches(pattern: string, text: string): boolean {
  const elements = parse(pattern);
  let element = 0;
  let at = 0;
  let star = -1;
  let starAt = 0;
  while (at < text.length) {
    const next = elements[element];
    if (next === "*") {
      star = element++;
      starAt = at;
    } else if (next?.(text.charAt(at))) {
      element++;
      at++;
    } else if (star !== -1) {
      element = star + 1;
      at = ++starAt;
    } else {
      return false;
    }
  }
  return elements.slice(element).every((rest) => rest === "*");
}

function parse(pattern: string): Element[] {
  const elements: Element[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at);
    if (character === "*") {
      if (elements.at(-1) !== "*") elements.push("*");
    } else if (character === "?") {
      elements.push(() => true);
    } else if (character === "[") {
      const end = classEnd(pattern, at + 1);
      elements.push(characterClass(pattern.slice(at + 1, end)));
      at = end;
    } else {
      if (character === "\\" && at + 1 < pattern.length) at++;
      const literal = pattern.charAt(at);
      elements.push((given) => given === literal);
    }
  }
  return elements;
}

function classEnd(pattern: string, from: number): number {
  let at = from;
  while (at < pattern.length && pattern[at] !== "]") at += pattern[at] === "\\" ? 2 : 1;
  return Math.min(at, pattern.length);
}

/** An empty class matches nothing; a negated empty class matches any character. */
function characterClass(body: string): (character: string) => boolean {
  const negated = body.startsWith("^");
  const ranges: (readonly [first: string, last: string])[] = [];
  for (let at = negated ? 1 : 0; at < body.length; at++) {
    const first = body.charAt(at);
    const last = body.charAt(at + 2);
    if (first === "\\" && at + 1 < body.length) {
      const escaped = body.charAt(++at);
      ranges.push([escaped, escaped]);
    } else if (body[at + 1] === "-" && last !== "") {
      ranges.push(first <= last ? [first, last] : [last, first]);
      at += 2;
    } else {
      ranges.push([first, first]);
    }
  }
  return (character) => ranges.some(([first, last]) => first <= character && character <= last) !== negated;
}
