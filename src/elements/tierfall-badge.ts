import { html, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';
import type { InstanceView } from './data/types.js';
import { badge, badgeStyles } from './parts/badge.js';
import { staleWords } from './parts/stale.js';
import { countdown, exact } from './parts/times.js';
import { base } from './styles/base.js';
import { tokens } from './styles/tokens.js';
import { TierfallElement } from './tierfall-element.js';

/**
 * `<tierfall-badge base-url="/ops" instance="inbox-triage">`: which tier answers for an agent, its model, and the time
 * left. Given a `view`, it asks no server.
 */
export class TierfallBadge extends TierfallElement {
  static override styles = [tokens, base, badgeStyles];
  static override properties: PropertyDeclarations = {
    ...TierfallElement.properties,
    instance: {},
    view: { attribute: false },
    compact: { type: Boolean },
  };

  /** The agent. */
  declare instance: string;
  /** What is shown, in the place of what the server says. */
  declare view: InstanceView | undefined;
  /** The badge alone, without model and time. */
  declare compact: boolean;

  constructor() {
    super();
    this.instance = '';
    this.view = undefined;
    this.compact = false;
  }

  protected override get needsServer(): boolean {
    return this.view === undefined;
  }

  override render(): TemplateResult | typeof nothing {
    const view = this.view ?? this.data?.agents.get(this.instance);
    if (!view) return nothing;
    const { tier, retryAt } = view;
    const words = this.data ? staleWords(this.data) : '';
    return html`<span class="badges">${badge(view)}${
      this.compact
        ? nothing
        : html`<span class="cut">${tier.provider}/${tier.model}</span>${
            retryAt === null
              ? nothing
              : html`<span class="faint" title=${exact(retryAt)}>${countdown(retryAt, this.now)}</span>`
          }`
    }${words === '' ? nothing : html`<span class="faint" title=${words}>not up to date</span>`}</span>`;
  }
}
