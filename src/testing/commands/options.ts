import { word } from "../arguments.ts";
import { SYNTAX_ERROR } from "../reply.ts";
import type { Call } from "./command.ts";

/** How to read each option: a `flag` stands alone, a `value` takes the argument after it. */
export interface OptionReader<Options> {
  readonly [option: string]:
    | { readonly flag: (options: Options) => void }
    | { readonly value: (options: Options, value: Buffer) => void };
}

/**
 * Reads options into `options`, starting at argument `from`. As in the server, an option that needs a value but is the
 * last argument is not recognized. `otherwise` receives arguments that are not options, and by default throws a syntax
 * error.
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
