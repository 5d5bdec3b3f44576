import type { Question } from '../parts/dialog.js';
import { clockExact } from '../parts/times.js';
import { showToast } from '../parts/toasts.js';
import { instancePath, Refusal } from './client.js';
import type { Live } from './live.js';
import { isEverything, targetId, targetName } from './targets.js';
import type { HealthPause, HealthStatus, InstanceView, Target } from './types.js';

export type ActionName = 'pause' | 'resume' | 'reset' | 'hold';

/** The question before an action on an agent. `undo` asks the next one, from a message. */
export function questionOf(
  action: ActionName,
  view: InstanceView,
  live: Live,
  undo: (action: ActionName, name: string) => void,
): Question {
  const { name, tier } = view;
  const look = seenPauses(view.paused);
  const send = async (body: Record<string, unknown>): Promise<InstanceView> => {
    const known = live.agents.get(name);
    if (action === 'resume' && known && !known.paused) throw new Error('It has been resumed already.');
    if (action === 'resume' || action === 'reset') look(known?.paused);
    const after = await act<InstanceView>(live, `${instancePath(name)}/${action}`, body);
    live.put(after);
    return after;
  };
  const common = { now: live.now() };
  if (action === 'pause') {
    return {
      ...common,
      title: `Pause ${name}?`,
      text: 'No provider is called for it until it resumes. Calls under way finish. Only a person lifts this pause.',
      verb: 'Pause',
      doing: 'Pausing',
      ends: true,
      async act({ reason, until }) {
        await send({ reason, ...(until === undefined ? {} : { until }) });
        showToast(`${name} is paused.`, { action: { name: 'Resume', run: () => undo('resume', name) } });
      },
    };
  }
  if (action === 'resume') {
    return {
      ...common,
      title: `Resume ${name}?`,
      text: `Calls go out again at once, from tier ${
        tier.index + 1
      }. Every pause of this agent is lifted; a paused provider stays paused.`,
      verb: 'Resume',
      doing: 'Resuming',
      async act({ reason }) {
        await send({ reason });
        showToast(`${name} is resumed.`, { action: { name: 'Pause', run: () => undo('pause', name) } });
      },
    };
  }
  if (action === 'reset') {
    const wait = view.tiers.find(({ retryAfterUntil }) => retryAfterUntil !== null);
    const asked = wait
      ? `, also the wait that ${wait.id.split('/', 1)[0]} asked for until ${clockExact(wait.retryAfterUntil ?? 0)}`
      : '';
    return {
      ...common,
      title: `Reset ${name}?`,
      text: `Back to tier 1. Ends every rest, hold and pause of it${asked}.`,
      verb: 'Reset',
      doing: 'Resetting',
      async act({ reason }) {
        await send({ reason });
        showToast(`${name} is reset to tier 1.`);
      },
    };
  }
  const ids = view.tiers.map(({ id }) => id);
  return {
    ...common,
    title: `Hold a tier of ${name} back?`,
    text: 'That tier is left alone by this agent until then. It answers from the next free tier.',
    verb: 'Hold',
    doing: 'Holding',
    ends: true,
    tiers: ids,
    tier: tier.index,
    async act({ reason, until, tier: held }) {
      // By its name: the chain may have been changed since it was chosen.
      const id = ids[held];
      const { tiers } = await send({ reason, tier: id, ...(until === undefined ? {} : { until }) });
      const at = tiers.findIndex((each) => each.id === id);
      showToast(`Tier ${at + 1} of ${name} is held back.`, {
        action: { name: 'Reset', run: () => undo('reset', name) },
      });
    },
  };
}

type Pause = Pick<HealthPause, 'by' | 'reason' | 'since'>;

/** Notes each pause that is there when somebody confirms. @throws once for one that was made since they were asked */
function seenPauses(seen: Pause | null | undefined): (now: Pause | null | undefined) => void {
  return (now) => {
    const before = seen;
    seen = now;
    if (!now || (now.by === before?.by && now.since === before.since)) return;
    throw new Error(`Meanwhile ${now.by} has paused it: ${now.reason}. Confirm again to lift it.`);
  };
}

/** Pauses an agent that has not called yet. */
export function pauseAheadQuestion(live: Live): Question {
  return {
    title: 'Pause a name in advance?',
    text: 'An agent of this name is paused from its first call on, until someone resumes it.',
    verb: 'Pause',
    doing: 'Pausing',
    asksName: true,
    now: live.now(),
    async act({ name, reason }) {
      live.put(await act<InstanceView>(live, `${instancePath(name)}/pause`, { reason }));
      showToast(`${name} is paused.`);
    },
  };
}

/** Pauses or resumes a provider, or everything, by the health monitor. */
export function healthQuestion(action: 'pause' | 'resume', target: Target, live: Live): Question {
  const all = isEverything(target);
  const what = targetName(target);
  const pauseNow = () => live.health.value?.pauses.find((pause) => targetId(pause.target) === targetId(target));
  const look = seenPauses(pauseNow());
  const send = async (reason: string) => {
    if (action === 'resume') look(pauseNow());
    live.health.value = await act<HealthStatus>(live, `/health/${action}`, { reason, target });
    live.changed();
  };
  if (action === 'pause') {
    const count = live.agents.size;
    return {
      title: `Pause ${what}?`,
      text: `No provider is called for any of ${count} agents until someone resumes.`,
      verb: 'Pause everything',
      doing: 'Pausing',
      isDangerous: true,
      now: live.now(),
      async act({ reason }) {
        await send(reason);
        showToast('Everything is paused.');
      },
    };
  }
  return {
    title: `Resume ${what}?`,
    text: all
      ? 'Calls go out again at once. Pauses of single agents and providers stay.'
      : 'Its tiers are used again at once, without a trial. Service health leaves it alone for its grace time.',
    verb: 'Resume',
    doing: 'Resuming',
    now: live.now(),
    async act({ reason }) {
      await send(reason);
      showToast(`${all ? 'Everything' : what} is resumed.`);
    },
  };
}

/** Sends an action; what went wrong is said in words a person can act on. */
async function act<T>(live: Live, path: string, body: Record<string, unknown>): Promise<T> {
  const { reason, ...rest } = body;
  const given = reason === '' ? rest : body;
  try {
    return await live.client.ask<T>(path, { method: 'POST', body: given });
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Error('The server did not answer. Look whether anything has changed before you try again.', {
      cause: error,
    });
  }
}
