import * as fc from '../support/fast-check.js';
import { describe, expect, test } from 'vitest';
import { alertSeverities, checkNames } from '../../src/core/alert.js';
import {
  credentialKey,
  keyOf,
  keyOrders,
  placesIn,
  printedIds,
  tierIndex,
  tierIndexes,
} from '../../src/core/config.js';
import { defaultTriggers, dispositions, externalCooldown, needsPerson } from '../../src/core/disposition.js';
import { isByteStream, isReadableStream, isStream } from '../../src/core/is-stream.js';
import { failureScopes, isKind, kinds, TOKEN_BUDGET } from '../../src/core/kinds.js';
import { anyOf, inTurn } from '../../src/core/patterns.js';
import { createRecencyMap } from '../../src/core/recency-map.js';
import { closestName, editDistance, unknownOptions } from '../../src/core/unknown-options.js';

describe('names of options', () => {
  test('an unknown one is named with what is known and what it probably stands for', () => {
    const known = ['timeoutMs', 'chain'];
    expect(unknownOptions({ timeoutMs: 1, chain: undefined, other: undefined }, known)).toEqual([]);
    expect(unknownOptions({ timeoutSeconds: 1, zebra: null }, known)).toEqual([
      { path: 'timeoutSeconds', message: 'unknown option; known: timeoutMs, chain; did you mean timeoutMs?' },
      { path: 'zebra', message: 'unknown option; known: timeoutMs, chain' },
    ]);
    expect(unknownOptions({ tiers: 1, toString: 1 }, known, { tiers: 'chain' })).toEqual([
      { path: 'tiers', message: 'unknown option; known: timeoutMs, chain; did you mean chain?' },
      { path: 'toString', message: 'unknown option; known: timeoutMs, chain' },
    ]);
    expect(unknownOptions({ ['x'.repeat(61)]: 1 }, known)[0]!.path).toBe('x'.repeat(60));
  });

  test.each([
    ['timeout_ms', 'timeoutMs'],
    ['TIMEOUTMS', 'timeoutMs'],
    ['TIMEOUTMs', 'timeoutMs'],
    ['timeout', 'timeoutMs'],
    ['timeoutMillis', 'timeoutMs'],
    ['timeoutMilliseconds', 'timeoutMs'],
    ['timeoutSeconds', 'timeoutMs'],
    ['timeout_seconds', 'timeoutMs'],
    ['timeoutSec', 'timeoutMs'],
    ['timeoutSecs', 'timeoutMs'],
    ['time-out', 'timeoutMs'],
    ['timoeut', 'timeoutMs'],
    ['timout', 'timeoutMs'],
    ['tmeot', undefined],
    ['chian', 'chain'],
    ['chani', 'chain'],
    ['cha', undefined],
    ['chans', undefined],
    ['cahin', 'chain'],
    ['hcani', undefined],
    ['MsTimeout', 'timeoutMs'],
    ['', undefined],
  ])('%s stands for %s', (name, meant) => expect(closestName(name, ['chain', 'timeoutMs'])).toBe(meant));

  test('two edits mend a word of eight letters, not of seven; the closest of several is named', () => {
    expect(closestName('abcdefxy', ['abcdefgh'])).toBe('abcdefgh');
    expect(closestName('abcdexy', ['abcdefg'])).toBeUndefined();
    expect(closestName('abcdefghijxyz', ['abcdefghijklm'])).toBeUndefined();
    expect(closestName('abcdefgh', ['abcdefxy', 'abcdefgx'])).toBe('abcdefgx');
    expect(closestName('x', [])).toBeUndefined();
    // Signs between words are no edits, however many there are.
    expect(closestName('first-of_all the names', ['firstOfAllTheNames'])).toBe('firstOfAllTheNames');
  });

  test.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['abc', '', 3],
    ['abc', 'abc', 0],
    ['ab', 'ba', 1],
    ['abc', 'acb', 1],
    ['abcd', 'badc', 2],
    ['kitten', 'sitting', 3],
    ['ca', 'abc', 3],
    ['aab', 'aba', 1],
  ])('from "%s" to "%s" it takes %d', (one, other, edits) => {
    expect(editDistance(one, other)).toBe(edits);
    expect(editDistance(other, one)).toBe(edits);
  });

  test('one change is one edit, wherever it is', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-y]{0,8}$/), fc.nat(8), (word, place) => {
        const at = Math.min(place, word.length);
        const inserted = `${word.slice(0, at)}z${word.slice(at)}`;
        expect(editDistance(word, inserted)).toBe(1);
        expect(editDistance(inserted, word)).toBe(1);
        if (at < word.length) expect(editDistance(word, `${word.slice(0, at)}z${word.slice(at + 1)}`)).toBe(1);
      }),
    );
  });
});

describe('a map that knows what was set longest ago', () => {
  test('is a map in the order of its last changes', () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd');
    const step = fc.oneof(fc.record({ set: key, to: fc.nat(9) }), fc.record({ delete: key })) as fc.Arbitrary<{
      set?: string;
      to?: number;
      delete?: string;
    }>;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const map = createRecencyMap<number>();
        const plain = new Map<string, number>();
        for (const { set, to, delete: gone } of steps) {
          if (set !== undefined) {
            map.set(set, to!);
            plain.delete(set);
            plain.set(set, to!);
          }
          if (gone !== undefined) {
            map.delete(gone);
            plain.delete(gone);
          }
          expect([...map]).toEqual([...plain]);
          expect(map.size).toBe(plain.size);
          for (const each of 'abcd') expect(map.get(each)).toBe(plain.get(each));
          const [first] = plain;
          if (first === undefined) expect(map.oldest()).toBeUndefined();
          else expect(map.oldest()).toMatchObject({ key: first[0], value: first[1] });
        }
      }),
    );
  });
});

describe('streams', () => {
  const bytes = new ReadableStream({ type: 'bytes' });
  async function* generate() {
    yield 1;
  }

  test.each<[string, unknown, boolean, boolean]>([
    ['a stream', new ReadableStream(), true, true],
    ['a stream by its shape', { getReader: () => undefined }, true, true],
    ['what only has the name', { getReader: 1 }, false, false],
    ['a generator', generate(), false, true],
    ['what only has the symbol', { [Symbol.asyncIterator]: 1 }, false, false],
    ['an iterable that is not asynchronous', [], false, false],
    ['null', null, false, false],
    ['nothing', undefined, false, false],
    ['a text', 'x', false, false],
    ['a function that iterates', Object.assign(() => 1, { [Symbol.asyncIterator]: () => 1 }), false, false],
    ['a function', Object.assign(() => 1, { getReader: () => 1 }), false, false],
    [
      'a proxy that throws',
      new Proxy(
        {},
        {
          has: () => {
            throw new Error('no');
          },
        },
      ),
      false,
      false,
    ],
  ])('%s', (name, value, isReadable, isAny) => {
    if (!name.includes('throws')) expect(isReadableStream(value)).toBe(isReadable);
    expect(isStream(value)).toBe(isAny);
  });

  test('of bytes are told apart, and can be read afterwards', () => {
    expect(isByteStream(bytes)).toBe(true);
    expect(bytes.locked).toBe(false);
    expect(isByteStream(new ReadableStream())).toBe(false);
  });
});

describe('words and tables', () => {
  test('kinds and scopes', () => {
    const all =
      'auth permission quota rate_limit overloaded server_error timeout network model_unavailable context_overflow ' +
      'content_policy invalid_request aborted unknown';
    expect(kinds).toEqual(all.split(' '));
    expect(kinds.every(isKind)).toBe(true);
    expect([isKind(TOKEN_BUDGET), isKind(''), isKind(1)]).toEqual([false, false, false]);
    expect(TOKEN_BUDGET).toBe('token_budget');
    expect(failureScopes).toEqual(['credential', 'model', 'provider', 'request']);
    expect(keyOrders).toEqual(['fill', 'least-used', 'session']);
  });

  test('what alerts are called', () => {
    expect(alertSeverities).toEqual(['critical', 'warning', 'info']);
    expect(checkNames).toEqual([
      'dormant-agent',
      'quality-regression',
      'throughput-anomaly',
      'rejection-spike',
      'stuck-loop',
      'cost-spike',
      'domain-rejection-pattern',
      'constantly-failing-primary',
      'flapping-chain',
    ]);
  });

  test('what each kind leads to', () => {
    const broken = { initialMs: 3_600_000, factor: 2, maxMs: 21_600_000 };
    const throttled = { initialMs: 15_000, factor: 2, maxMs: 300_000 };
    const passing = { initialMs: 7400, factor: 1.002, maxMs: 15_000 };
    const row = (trigger: boolean, retryable: boolean, cooldown: object) => ({ trigger, retryable, cooldown });
    expect(dispositions).toEqual({
      auth: row(true, false, broken),
      permission: row(true, false, broken),
      quota: row(true, false, broken),
      rate_limit: row(true, false, throttled),
      overloaded: row(true, true, passing),
      server_error: row(true, true, passing),
      timeout: row(true, true, passing),
      network: row(true, true, passing),
      model_unavailable: row(true, false, broken),
      context_overflow: row(false, false, passing),
      content_policy: row(false, false, passing),
      invalid_request: row(false, false, passing),
      aborted: row(false, false, passing),
      unknown: row(false, false, passing),
    });
    expect(externalCooldown).toEqual(throttled);
    expect(defaultTriggers).toEqual(kinds.filter((kind) => dispositions[kind].trigger));
    const forPersons = [...kinds, TOKEN_BUDGET, null].filter(needsPerson);
    expect(forPersons).toEqual(['auth', 'permission', 'quota', 'model_unavailable']);
  });

  test('patterns made of parts', () => {
    expect(anyOf([/a/, /b+/], 'gi', '^', '$')).toEqual(/^(?:a|b+)$/gi);
    expect(anyOf([/a/])).toEqual(/(?:a)/);
    expect(inTurn([/a/, /b+/], 'u')).toEqual(/ab+/u);
    expect(inTurn([/a/])).toEqual(/a/);
  });
});

describe('how tiers are named', () => {
  const a = { provider: 'p', model: 'a' };
  const chain = [
    { ...a, credential: 'one' },
    a,
    { ...a, credential: 'two' },
    { provider: 'q', model: 'b', credential: 'k' },
  ];
  const identities = chain.map((tier) => ({ credential: null, ...tier }));
  const ids = printedIds(chain);

  test('with their key where several are the same model', () => {
    expect(ids).toEqual(['p/a@one', 'p/a', 'p/a@two', 'q/b']);
  });

  test.each<[unknown, number, number[]]>([
    [0, 0, [0]],
    [3, 3, [3]],
    [4, -1, []],
    [-1, -1, []],
    [0.5, -1, []],
    ['p/a@two', 2, [2]],
    ['p/x', -1, []],
    [undefined, -1, []],
    [null, -1, []],
    [a, 1, [0, 1, 2]],
    [{ ...a, credential: null }, 1, [1]],
    [{ ...a, credential: 'two' }, 2, [2]],
    [{ ...a, credential: 'three' }, -1, []],
    [{ provider: 'q', model: 'b', credential: 'another' }, 3, [3]],
    [{ provider: 'q', model: 'b', credential: null }, 3, [3]],
    [{ provider: 'q', model: 'b' }, 3, [3]],
    [{ provider: 'p', model: 'b' }, -1, []],
    [{ provider: 'q', model: 'a' }, -1, []],
  ])('%j is tier %d', (ref, index, indexes) => {
    expect(tierIndex(ids, ref as number, identities)).toBe(index);
    expect(tierIndexes(ids, ref as number, identities)).toEqual(indexes);
  });

  test('of several keys the first, where the name of the pair has none of its own', () => {
    const named = identities.filter(({ credential }) => credential !== null);
    expect(tierIndex(printedIds(named.map((each) => ({ ...each, credential: each.credential! }))), a, named)).toBe(0);
    expect(tierIndex(['p/a', 'q/b'], { provider: 'q', model: 'b' })).toBe(1);
  });

  test('by provider, model and key in another chain', () => {
    expect(placesIn(identities, [{ ...a, credential: 'two' }, { ...a, credential: 'three' }, identities[3]!])).toEqual([
      2, -1, 3,
    ]);
    expect(placesIn(identities, [{ provider: 'q', model: 'x', credential: 'k' }])).toEqual([-1]);
  });

  test('keys by their provider and name, and by the hash of the key itself', () => {
    expect(credentialKey(a)).toBe('own-credential:p');
    expect(credentialKey({ ...a, credential: 'one' })).toBe('credential:p/one');
    expect(keyOf(a)).toBe('own-credential:p');
    expect(keyOf({ ...a, fingerprint: 'x' })).not.toBe(keyOf({ ...a, fingerprint: 'y' }));
  });
});
