import { html, type TemplateResult } from 'lit';
import type { Refusal } from '../data/client.js';
import { mark } from '../parts/icons.js';

/** In the place of the page, once a sign-in of the host knows its session no longer: a token would not help. */
export function signedOut(): TemplateResult {
  return html`<main class="sign-in">
    <div class="card" role="alert">
      ${mark()}
      <div>
        <h1>You are no longer signed in</h1>
        <p class="dim">Your session at this server has ended. Reload the page to sign in again.</p>
      </div>
      <button class="button primary" @click=${() => location.reload()}>Reload</button>
    </div>
  </main>`;
}

/** Why a token was refused. */
export function refusalWords(refusal: Refusal | undefined, wasIn: boolean): string {
  if (refusal?.status === 429) return `Too many tries. Try again in ${Math.max(1, refusal.retryAfter)} s.`;
  if (refusal?.status === 403) return 'This token may not read here.';
  if (wasIn) return 'Your token is no longer accepted. Sign in again to go on.';
  return 'This token is not accepted. Check that it was copied whole.';
}
