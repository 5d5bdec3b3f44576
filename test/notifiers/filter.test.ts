import { describe, expect, it } from 'vitest';
import { parseFilter, type NotifierFilter } from '../../src/notifiers/selection/filter.js';
import type { Notification } from '../../src/ports/notifier.js';
import { alertOf, claude, gpt, steppedDown } from '../support/notifications.js';

const at = 0;
const origin = 'local' as const;
const session = 's1';
const of: Readonly<Record<string, Notification>> = {
  rotated: steppedDown({ from: { ...gpt, credential: 'a' }, to: { ...gpt, index: 1, credential: 'b' } }),
  stepped: steppedDown({ instance: 'bot' }),
  session: {
    event: 'session-change',
    payload: { session, from: gpt, to: claude, primary: gpt, direction: 'down', at },
  },
  failed: {
    event: 'attempt-failed',
    payload: { instance: 'bot', tier: gpt, kind: 'quota', rule: 'r', durationMs: 1, at },
  },
  exhausted: {
    event: 'exhausted',
    payload: { instance: 'bot', policy: 'wrap', kind: 'auth', retryAt: null, at, origin },
  },
  available: { event: 'available', payload: { instance: 'bot', at, origin } },
  everything: { event: 'available', payload: { all: true, at, origin } },
  paused: {
    event: 'paused',
    payload: { target: 'bot', source: 'operator', by: 'ann', reason: 'drill', at, origin },
  },
  alert: alertOf('alert-raised', { instance: 'bot' }),
  fleetAlert: alertOf('alert-resolved', { instance: null }),
  store: { event: 'store-error', payload: { state: 'recovered', at } },
};

describe('a filter', () => {
  const loud = Object.keys(of).filter((name) => name !== 'rotated' && name !== 'failed');
  it.each<[string, NotifierFilter | undefined, string[]]>([
    ['leaves out attempts and the change of a key', undefined, loud],
    ['does the same where it names no events', {}, loud],
    ['sends the change of a key where its event is named', { events: ['tier-change'] }, ['rotated', 'stepped']],
    ['sends attempts where they are named', { events: ['attempt-failed'] }, ['failed']],
    [
      'of another instance hides what concerns this one and keeps what concerns every one',
      { instances: ['other'] },
      ['session', 'everything', 'fleetAlert', 'store'],
    ],
    ['of kinds hides nothing that has no kind', { kinds: ['quota'] }, loud.filter((name) => name !== 'exhausted')],
    [
      'of directions hides only changes in another direction',
      { directions: ['up'] },
      loud.filter((name) => name !== 'stepped' && name !== 'session'),
    ],
  ])('%s', (_, filter, expected) => {
    const accepts = parseFilter(filter);
    expect(Object.keys(of).filter((name) => accepts(of[name]!))).toEqual(expected);
  });
});
