import * as fc from '../support/fast-check.js';
import { describe, expect, test } from 'vitest';
import {
  chain,
  failingSince,
  plainCall,
  play,
  script,
  turn,
  withoutRetries,
  type Request,
  type World,
} from '../support/played-calls.js';

const works = fc.constant({ latencyMs: 0, status: 200, waitSeconds: undefined });
const brokenTurn = turn([200, 429, 503, 500, 401]);

/** Requests under way at the tier that began after it failed, where it has not answered since. */
function probes({ index, startedAt }: Request, world: World): Request[] {
  const failedAs = failingSince(world, index);
  if (failedAs === undefined) return [];
  return world.requests.filter(
    (request) => request.index === index && request.endedAt > startedAt && request.startedAfter >= failedAs,
  );
}

describe('Which tier is asked: what never happens', () => {
  test('the best tier, once it has failed and not answered since, is never tried by two at a time', () =>
    fc.assert(
      // The tiers behind it work, so that there is always somewhere else to go.
      fc.asyncProperty(script(plainCall, works).map(withoutRetries), async (each) => {
        await play(each, (request, world) => {
          if (request.index === 0) expect(probes(request, world)).toEqual([]);
        });
      }),
      { numRuns: 300 },
    ));

  test('no tier that has failed and not answered since is tried by two at a time while another one works', () =>
    fc.assert(
      fc.asyncProperty(script(plainCall, brokenTurn).map(withoutRetries), async (each) => {
        // Where nothing works all may ask the same tier, and some may still be there when something does again.
        const hadAChoice = new Set<Request>();
        await play(each, (request, world) => {
          const { call: number, index, startedAt } = request;
          const asked = world.requests.filter((other) => other.call === number).map((other) => other.index);
          const working = [...chain.keys()].filter(
            (other) => failingSince(world, other) === undefined && world.silentUntil[other]! <= startedAt,
          );
          if (working.every((other) => other === index || asked.includes(other))) return;
          hadAChoice.add(request);
          expect(probes(request, world).filter((other) => hadAChoice.has(other))).toEqual([]);
        });
      }),
      { numRuns: 300 },
    ));

  test('no call fails while one tier works', () =>
    fc.assert(
      fc.asyncProperty(script(plainCall, brokenTurn), fc.nat(chain.length - 1), works, async (each, at, always) => {
        const turns = each.turns.map((own, index) =>
          index === at ? [always] : own.filter(({ status }) => status !== 400),
        );
        fc.pre(turns.every((own) => own.length > 0));
        const steps = each.steps.map((step) => ({ ...step, abortMs: undefined }));
        const { endings } = await play({ ...each, turns, steps }, () => undefined);
        for (const { answered } of endings) expect(answered).toBe(true);
      }),
      { numRuns: 300 },
    ));
});
