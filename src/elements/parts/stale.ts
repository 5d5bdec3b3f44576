import { html, nothing, type TemplateResult } from 'lit';
import { messageOf } from '../data/client.js';
import type { Live } from '../data/live.js';
import { icon } from './icons.js';
import { clockExact } from './times.js';

/** Why what is shown may be no longer so; empty: it is so. Without a duration: it is announced, and once is enough. */
export function staleWords({
  phase,
  refusal,
  actor,
  lostAt,
  storeOk,
  health,
  agentsProblem,
  isComplete,
}: Live): string {
  const isBefore = isComplete ? ' What you see is from before.' : '';
  if (phase === 'refused') return `${messageOf(refusal)}${isBefore}`;
  if (phase === 'lost') {
    return actor === '' && !isComplete
      ? 'The server does not answer. It is tried again.'
      : `Connection lost. What you see is from ${clockExact(lostAt)}.`;
  }
  if (!storeOk || health.value?.storeOk === false) return 'The store cannot be read. Shown from this process alone.';
  return agentsProblem === '' || !isComplete ? '' : `${agentsProblem}${isBefore}`;
}

/** The same as a line of an element that stands alone: the page says it at its top. */
export function staleNote(live: Live): TemplateResult | typeof nothing {
  const words = staleWords(live);
  return words === '' ? nothing : html`<p class="banner" role="alert">${icon('offline')}${words}</p>`;
}
