// Bodies that tell what they are: a name that no other has, how much follows it, and that much filling.

/** In what place of a body its filling is, in the name. */
const NAMED = /^([^ ]+\+(\d+)) (x*)$/;

export function nameOfBody(key: string, filling: number): string {
  return `${key}+${filling}`;
}

export function bodyOf(name: string): string {
  const filling = Number(name.slice(name.lastIndexOf("+") + 1));
  return `${name} ${"x".repeat(filling)}`;
}

/** The name of a body that came; of one that is not whole what can be said of it, which is no name that was ever given. */
export function nameIn(body: Buffer): string {
  const text = body.toString("latin1");
  const [, name, filling, rest] = NAMED.exec(text) ?? [];
  if (name !== undefined && rest?.length === Number(filling)) return name;
  return `damaged (${body.length} bytes): ${text.slice(0, 100)}`;
}
