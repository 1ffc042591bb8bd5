// Which argument of a command something is: its options, or its queue.

export function first<Argument>(argument: Argument): Argument {
  return argument;
}

export function second<Argument>(_first: unknown, argument: Argument): Argument {
  return argument;
}

export function third<Argument>(_first: unknown, _second: unknown, argument: Argument): Argument {
  return argument;
}
