import { kindWords } from '../../core/view/kind-words.js';
import { FOREVER } from '../../core/tier/state.js';
import type { LedgerEvent } from '../data/types.js';
import type { IconName } from '../parts/icons.js';
import { clockExact, durationWords } from '../parts/times.js';

/** A ledger row in words. */
export interface RowWords {
  sign: IconName | 'dot';
  /** `down`, `up`, `stop`: the colour of the sign. */
  tone: string;
  what: string;
  more: string;
  quote: string;
}

/** What a row says; tiers are numbered by the chain they stand in now. */
export function rowWords(row: LedgerEvent, ids: readonly string[]): RowWords {
  const { type, direction, to, tier, by, reason = '', kind, until, at, detail, source } = row;
  const number = (id: string | undefined) => {
    const index = id === undefined ? -1 : ids.indexOf(id);
    return index < 0 ? (id ?? 'a tier') : `tier ${index + 1}`;
  };
  const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
  const rest = until === undefined ? '' : until >= FOREVER ? ', until a reset' : `, for ${durationWords(until - at)}`;
  const person = by === undefined ? '' : `by ${by}`;
  const words = (sign: RowWords['sign'], tone: string, what: string, more = '', quote = ''): RowWords => ({
    sign,
    tone,
    what,
    more,
    quote,
  });
  // As text: rows of a newer version may have other types.
  switch (type as string) {
    case 'tier-change':
      if (direction === 'up')
        return words(
          'up',
          'up',
          `Back on ${number(to)}`,
          reason === 'recovered' ? 'confirmed by an answer' : kindWords(reason),
          detail,
        );
      if (direction === 'reset') return words('reset', 'dim', `Reset to ${number(to)}`, person);
      // Of rows of an older version.
      if ((direction as string) === 'wrap')
        return words('reset', 'dim', `Started over at ${number(to)}`, kindWords(reason));
      return words('down', 'down', `Stepped down to ${number(to)}`, `${kindWords(reason)}${rest}`, detail);
    case 'tier-failed':
      return words('dot', 'dim', `${capital(number(tier))} failed`, `${kindWords(kind ?? reason)}${rest}`, detail);
    case 'rest-extended':
      return words(
        'dot',
        'dim',
        `${capital(number(tier))} rests longer`,
        until === undefined ? '' : `until ${clockExact(until)}`,
      );
    case 'trial':
      return words('dot', 'dim', `${capital(number(to ?? tier))} on trial`, 'its rest was over');
    case 'tier-recovered':
      return words('check', 'up', `${capital(number(tier))} answered`, '');
    case 'exhausted':
      return words('close', 'stop', 'No tier left', kind === undefined ? '' : kindWords(kind));
    case 'wrapped':
      return words('reset', 'dim', 'Started over', kindWords(reason));
    case 'paused':
      return words(
        'pause',
        'stop',
        'Paused',
        `${person}${source === 'operator' || source === undefined ? '' : ` (${source})`}${rest}`,
        reason,
      );
    case 'resumed':
      return words('play', 'up', 'Resumed', person, reason === 'expired' ? '' : reason);
    case 'held':
      return words(
        'hold',
        'dim',
        until === undefined ? `${capital(number(tier))} held back, or let go` : `${capital(number(tier))} held back`,
        `${person}${rest}`,
        reason,
      );
    case 'reset':
      return words('reset', 'dim', 'Reset', person, reason === 'lifted' ? '' : reason);
    case 'chain-changed':
      return words('dot', 'dim', 'Chain changed', person);
    case 'config-updated':
      return words('dot', 'dim', 'Chain saved', person, detail);
    case 'startup':
      return words('dot', 'dim', `Started on ${number(tier ?? to)}`, kind === undefined ? '' : kindWords(kind));
    case 'rebased':
      return words('dot', 'dim', 'The clock was set back', 'rests keep their lengths');
    case 'snapshot':
      return words('dot', 'dim', 'Older events were trimmed here', '');
    default:
      return words(
        'dot',
        'dim',
        capital(String(type).replaceAll('-', ' ')),
        [person, kind].filter(Boolean).join(', '),
        reason,
      );
  }
}

/** The types that the filter offers, with their names. */
export const typeFilters: readonly { name: string; types: string }[] = [
  { name: 'All events', types: '' },
  { name: 'Changes of tier', types: 'tier-change,trial,tier-recovered,wrapped,exhausted' },
  { name: 'Failures', types: 'tier-failed,rest-extended' },
  { name: 'What people did', types: 'paused,resumed,reset,held' },
  { name: 'Chain', types: 'chain-changed,startup,snapshot' },
];
