import { ConfigError, configError } from '../core/errors.js';
import { unknownOptions } from '../core/unknown-options.js';

/** Tests a value, and says what a right one is. */
export type OptionRule = readonly [isRight: (value: unknown) => boolean, right: string];

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

export const finiteMs: OptionRule = [isNumber, 'a finite number of milliseconds'];
export const durationMs: OptionRule = [
  (value) => isNumber(value) && value >= 0,
  'a finite number of milliseconds, 0 or more',
];
export const aBoolean: OptionRule = [(value) => typeof value === 'boolean', 'true or false'];
export const aText: OptionRule = [(value) => typeof value === 'string', 'a text'];
export const aboveZero: OptionRule = [(value) => isNumber(value) && value > 0, 'a finite number above 0'];
export const notNegative: OptionRule = [(value) => isNumber(value) && value >= 0, 'a finite number, 0 or more'];
export const oneOrMore: OptionRule = [(value) => isNumber(value) && value >= 1, 'a finite number, 1 or more'];
export const share: OptionRule = [(value) => isNumber(value) && value >= 0 && value <= 1, 'a number from 0 to 1'];
export const wholeNumber: OptionRule = [Number.isSafeInteger, 'a whole number'];
export const wholeAboveZero: OptionRule = [
  (value) => Number.isSafeInteger(value) && aboveZero[0](value),
  'a finite number above 0, and a whole one',
];
export const aFunction: OptionRule = [(value) => typeof value === 'function', 'a function'];
export const makesErrors: OptionRule = [aFunction[0], 'a function that makes an error, e.g. overloaded()'];
export const aClock: OptionRule = [
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    ['now', 'setTimeout', 'clearTimeout'].every((method) => typeof Reflect.get(value, method) === 'function'),
  'an object with now, setTimeout and clearTimeout',
];
export const anything: OptionRule = [() => true, ''];

/** Milliseconds, `from` or more: fixed, or a pair to draw from. */
export function rangeFrom(from: number): OptionRule {
  const isRight = (value: unknown): boolean => {
    if (!Array.isArray(value)) return isNumber(value) && value >= from;
    const [low, high]: unknown[] = value;
    return value.length === 2 && isNumber(low) && isNumber(high) && from <= low && low <= high;
  };
  return [isRight, `a finite number of milliseconds, ${from} or more, or [from, to] of such numbers`];
}

/** @throws {ConfigError} naming every option that is unknown or wrong and what would be right */
export function checkOptions(options: object, rules: Readonly<Record<string, OptionRule>>): void {
  if (typeof options !== 'object' || options === null) {
    throw configError('options', 'expected an object');
  }
  const issues = Object.entries(options).flatMap(([name, value]: [string, unknown]) => {
    if (value === undefined) return [];
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (!rule) return unknownOptions({ [name]: value }, Object.keys(rules));
    const [isRight, right] = rule;
    return isRight(value) ? [] : [{ path: name, message: `expected ${right}` }];
  });
  if (issues.length > 0) throw new ConfigError(issues);
}
