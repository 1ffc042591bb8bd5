import { seededRandom } from "../support/random.ts";

const CHARACTERS = Array.from(
  "aZ 09$*:+-\t\0\x7f\x80é\u0301\u07ff\u0800€漢字🦆\ufeff\ufffd\u2028\uffff\u{10ffff}",
);

/** The random choices of one case. They follow from the seed and the case number, so a case can be repeated. */
export class Choices {
  readonly #random: () => number;

  constructor(seed: number, number: number) {
    // Consecutive cases must differ, so both numbers are spread over all bits.
    this.#random = seededRandom(Math.imul(seed ^ 0x2545f491, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b));
  }

  /** A whole number from 0 to `count`, exclusive. */
  below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  /** A whole number from `least` to `most`, inclusive. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  chance(part: number): boolean {
    return this.#random() < part;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError("there is nothing to pick from");
    return item;
  }

  /** Like `pick`, with weights. */
  weighted<Item extends string>(weights: Readonly<Record<Item, number>>): Item {
    const entries = Object.entries(weights) as [Item, number][];
    const total = entries.reduce((sum, [, weight]) => sum + weight, 0);
    let left = this.#random() * total;
    const found = entries.find(([, weight]) => {
      left -= weight;
      return left < 0;
    });
    return (found ?? this.pick(entries))[0];
  }

  /** Any bytes. Long ones repeat themselves, with a period of which no chunk size is a multiple. */
  bytes(length: number): Buffer {
    const period = Buffer.from(Array.from({ length: Math.min(length, 251) }, () => this.below(256)));
    return length <= period.length ? period : Buffer.alloc(length, period);
  }

  /** Text of this many characters of all UTF-8 lengths, without line breaks. */
  text(length: number): string {
    let text = "";
    for (let count = 0; count < length; count++) text += this.pick(CHARACTERS);
    return text;
  }
}
