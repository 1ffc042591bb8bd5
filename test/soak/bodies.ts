// Bodies that can be checked: a unique name, the length of the filling, and the filling.

/** The name, with the length of the filling, and the filling. */
const NAMED = /^([^ ]+\+(\d+)) (x*)$/;

export function nameOfBody(key: string, filling: number): string {
  return `${key}+${filling}`;
}

export function bodyOf(name: string): string {
  const filling = Number(name.slice(name.lastIndexOf("+") + 1));
  return `${name} ${"x".repeat(filling)}`;
}

/** The name of a body that was received. A damaged body gets a description instead, which no body has as its name. */
export function nameIn(body: Buffer): string {
  const text = body.toString("latin1");
  const [, name, filling, rest] = NAMED.exec(text) ?? [];
  if (name !== undefined && rest?.length === Number(filling)) return name;
  return `damaged (${body.length} bytes): ${text.slice(0, 100)}`;
}
