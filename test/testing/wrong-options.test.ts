import { expect, test } from 'vitest';
import * as testing from '../../src/testing/index.js';

/** The kit as a host without types calls it. */
const kit = testing as unknown as Record<string, (...values: unknown[]) => unknown>;
const open = () => undefined;
const fault = testing.down();

test.each<[string, () => unknown, RegExp]>([
  ['a clock', () => kit['createManualClock']!({ start: 5 }), /^start: unknown option; known: now/],
  ['a clock at no time', () => kit['createManualClock']!({ now: Number.NaN }), /^now: expected a finite number/],
  ['a clock of a number', () => kit['createManualClock']!(5), /^options: expected an object/],
  ['a provider', () => kit['createScriptedProvider']!({}, { clocks: 1 }), /^clocks: .*did you mean clock\?/],
  ['a provider without a clock', () => kit['createScriptedProvider']!({}, { clock: {} }), /^clock: expected an object/],
  ['a provider of no scripts', () => kit['createScriptedProvider']!(5), /^scripts: expected lines by tier/],
  [
    'a provider of no lines',
    () => kit['createScriptedProvider']!({ a: [{}] }),
    /^scripts\['a'\]: expected lines such as/,
  ],
  ['a stream', () => kit['streams']!(['a'], { every: 5 }), /^every: .*did you mean everyMs\?/],
  ['a stream of one kind', () => kit['streams']!(['a'], { readable: 'yes' }), /^readable: expected true or false/],
  ['an error', () => kit['rateLimit']!({ retryAfter: 5 }), /^retryAfter: .*did you mean retryAfterMs\?/],
  ['an error of no words', () => kit['overloaded']!({ message: 5 }), /^message: expected a text/],
  ['an error with a number', () => kit['serverError']!(5), /^options: expected an object/],
  ['a network error', () => kit['network']!({ retryAfterMs: 5 }), /^retryAfterMs: unknown option; known: message/],
  ['a timeout', () => kit['timeout']!({ sdk: 'openai' }), /^sdk: unknown option; known: message/],
  ['conformance of nothing', () => kit['storeConformance']!(), /^open: expected a function/],
  ['conformance', () => kit['storeConformance']!({ open, shared: true }), /^shared: unknown option; known: open/],
  [
    'conformance of 3 rows',
    () => kit['storeConformance']!({ open, historyLimit: 3 }),
    /^historyLimit: expected a whole/,
  ],
  ['conformance with a clock', () => kit['storeConformance']!({ open, advance: {} }), /^advance: expected a function/],
  ['a seed', () => kit['createSeededRandom']!(Number.NaN), /^seed: expected a whole number/],
  ...[[5, 1], [1, 2, 3], ['a', 5], [5, 'a'], -1].map((lastsMs): [string, () => unknown, RegExp] => [
    `a fault that lasts ${JSON.stringify(lastsMs)}`,
    () => kit['down']!({ lastsMs }),
    /^lastsMs: expected a finite number of milliseconds, \d or more, or \[from, to\]/,
  ]),
  ['a history of no such shape', () => kit['generateHistory']!({ seed: 1, shape: 'round' }), /^shape: /],
  ['a history of no such fault', () => kit['generateHistory']!({ seed: 1, fault: 'none' }), /^fault: /],
  ['a history of a week', () => kit['generateHistory']!({ seed: 1, days: 7 }), /^days: expected 14 or more/],
  ['a fault', () => kit['down']!({ lastMs: 5 }), /^lastMs: .*did you mean lastsMs\?/],
  ['a simulation', () => kit['simulate']!({ fault, worker: 5 }), /^worker: .*did you mean workers\?/],
  ['a simulation that shares all', () => kit['simulate']!({ fault, share: 'all' }), /^share: expected 'rests'/],
  ['a mean of nothing', () => kit['meanOfSimulations']!([]), /^results: expected at least one/],
  ['a script of no calls', () => testing.answers().times(0), /^count: expected a whole number/],
  ['a script in the past', () => testing.answers().after(-1), /^latencyMs: expected a finite number of milliseconds/],
])('%s refuses what it cannot use, by name', async (_, act, message) => {
  await expect((async () => act())()).rejects.toMatchObject({
    code: 'TIERFALL_CONFIG',
    message: expect.stringMatching(message),
  });
});
