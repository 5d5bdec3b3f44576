import { html, nothing, svg, type TemplateResult } from 'lit';
import type { Live } from '../data/live.js';

const COUNTS = ['no tiers', 'one tier', 'two tiers', 'three tiers', 'four tiers', 'five tiers', 'six tiers'];

/** What stands where the first agent will. */
export function emptyTable(
  live: Live,
  mayAct: boolean,
  actions: { showChain: () => void; pauseAhead: () => void },
): TemplateResult {
  const chain = live.config.value?.chain ?? [];
  const first = chain[0];
  return html`<div class="empty">
    <svg width="200" height="72" viewBox="0 0 200 72" aria-hidden="true">
      ${[50, 100, 150].map((x) => svg`<rect class="hair" x=${x} y="0" width="1" height="72" />`)}
      ${[3, 27, 50].map((y) => svg`<rect class="hair" x="0" y=${y} width="200" height="3" />`)}
      <rect class="hair" x="90" y="30" width="36" height="6" />
      <rect class="hair" x="110" y="53" width="26" height="13" />
    </svg>
    <h3>An agent appears here with its first call</h3>
    <p class="dim">
      No reload is needed.${
        first
          ? html` The chain is loaded:<br />${COUNTS[chain.length] ?? `${chain.length} tiers`},
            ${first.provider}/${first.model}
            first.`
          : nothing
      }
    </p>
    <div class="buttons">
      <button class="button" @click=${actions.showChain}>Look at the chain</button>
      ${
        mayAct
          ? html`<button class="button quiet" @click=${actions.pauseAhead}>Pause a name in advance</button>`
          : nothing
      }
    </div>
  </div>`;
}
