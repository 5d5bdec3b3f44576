import type { Classification } from '../../src/core/classify/classification.js';
import type { Kind } from '../../src/core/kinds.js';
import type { Fixture } from './fixtures.ts';

/** Kinds that step a chain down by default. */
const stepping: ReadonlySet<Kind> = new Set<Kind>([
  'auth',
  'permission',
  'quota',
  'rate_limit',
  'overloaded',
  'server_error',
  'timeout',
  'network',
  'model_unavailable',
]);

export interface Share {
  right: number;
  of: number;
}

export interface Score {
  kind: Share;
  /** Whether the error steps the chain or not. */
  step: Share;
  waits: Share;
  /** Waits reported where none may be. */
  falseWaits: number;
  /** Recall by the labelled kind. */
  byKind: Map<string, Share>;
  byProvider: Map<string, Share>;
  bySource: Map<string, Share>;
  misses: string[];
}

/** Scores verdicts as `test/fixtures/README.md` says. */
export function score(fixtures: readonly Fixture[], classify: (fixture: Fixture) => Classification): Score {
  const result: Score = {
    kind: { right: 0, of: 0 },
    step: { right: 0, of: 0 },
    waits: { right: 0, of: 0 },
    falseWaits: 0,
    byKind: new Map(),
    byProvider: new Map(),
    bySource: new Map(),
    misses: [],
  };
  for (const fixture of fixtures) {
    const verdict = classify(fixture);
    const isRight = verdict.kind === fixture.expect.kind || fixture.alsoOk?.includes(verdict.kind) === true;
    count(result.kind, isRight);
    count(result.step, isRight || stepping.has(verdict.kind) === stepping.has(fixture.expect.kind));
    count(share(result.byKind, fixture.expect.kind), isRight);
    count(share(result.byProvider, fixture.provider), isRight);
    count(share(result.bySource, fixture.source), isRight);
    if (!isRight) {
      const { rule, on, matched } = verdict.evidence;
      result.misses.push(
        `${fixture.id}: ${fixture.expect.kind} expected, ${verdict.kind} found by ${rule} (${on}: ${matched ?? '-'})`,
      );
    }
    scoreWait(fixture, verdict.retryAfterMs, result);
  }
  return result;
}

function scoreWait(fixture: Fixture, found: number | undefined, result: Score): void {
  const expected = fixture.expect.retryAfterMs;
  if (expected === undefined) return;
  const isRight =
    expected === null
      ? found === undefined
      : found !== undefined && Math.abs(found - expected) <= Math.max(1000, expected / 100);
  count(result.waits, isRight);
  if (expected === null && found !== undefined) result.falseWaits++;
  if (!isRight) result.misses.push(`${fixture.id}: a wait of ${expected ?? 'none'} expected, ${found ?? 'none'} found`);
}

/** The lowest recall of a kind with at least `rows` rows. */
export function worstRecall({ byKind }: Score, rows = 8): number {
  return Math.min(...[...byKind.values()].filter(({ of }) => of >= rows).map(ratio));
}

export function ratio({ right, of }: Share): number {
  return of === 0 ? 1 : right / of;
}

function share(shares: Map<string, Share>, key: string): Share {
  const found = shares.get(key) ?? { right: 0, of: 0 };
  shares.set(key, found);
  return found;
}

function count(target: Share, isRight: boolean): void {
  target.of++;
  if (isRight) target.right++;
}
