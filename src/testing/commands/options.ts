import { word } from "../arguments.ts";
import { SYNTAX_ERROR } from "../reply.ts";
import type { Call } from "./command.ts";

/** What to do where an option stands. `value` takes the argument after it. */
export interface OptionReader<Options> {
  readonly [option: string]:
    | { readonly flag: (options: Options) => void }
    | { readonly value: (options: Options, value: Buffer) => void };
}

/**
 * Reads options from argument `from` on into `options`. An option that needs a value and is the last argument is unknown,
 * as to the server. `otherwise` gets what is no option; without it that is a syntax error.
 */
export function readOptions<Options>(
  call: Call,
  from: number,
  options: Options,
  reader: OptionReader<Options>,
  otherwise: (value: Buffer, at: number) => void = refuse,
): void {
  for (let at = from; at < call.args.length; at++) {
    const name = call.args[at];
    if (name === undefined) break;
    const key = word(name);
    const option = Object.hasOwn(reader, key) ? reader[key] : undefined;
    const value = call.args[at + 1];
    if (option !== undefined && "flag" in option) {
      option.flag(options);
    } else if (option !== undefined && value !== undefined) {
      option.value(options, value);
      at++;
    } else {
      otherwise(name, at);
    }
  }
}

function refuse(): never {
  throw SYNTAX_ERROR;
}
