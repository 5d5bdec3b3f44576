import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';
import { messageOf } from './data/client.js';
import type { Live } from './data/live.js';
import type { Alert } from './data/types.js';
import { icon, type IconName } from './parts/icons.js';
import { agoWords, clock, exact, since } from './parts/times.js';
import { showToast } from './parts/toasts.js';
import { base } from './styles/base.js';
import { tokens } from './styles/tokens.js';
import { TierfallElement } from './tierfall-element.js';

/** Alerts shown before the rest is asked for. */
const SHOWN = 8;
/** From so many on there are filters. */
const FILTERED_FROM = 10;
const SIGNS: Readonly<Record<Alert['severity'], IconName>> = { critical: 'critical', warning: 'warning', info: 'info' };
const ORDER = { critical: 0, warning: 1, info: 2 };

/**
 * `<tierfall-alerts base-url="/ops">`: what the checks found, most urgent first, with the failure reports behind it.
 */
export class TierfallAlerts extends TierfallElement {
  static override styles = [
    tokens,
    base,
    css`
      li.alert {
        display: grid;
        grid-template-columns: 20px minmax(0, 1fr);
        gap: 0 12px;
        padding: 12px 16px;
        border-bottom: 1px solid var(--line);
      }
      li.alert:last-child {
        border-bottom: 0;
      }
      .sign {
        padding-top: 2px;
      }
      .sign.critical {
        color: var(--stop-fill);
      }
      .sign.warning {
        color: var(--t2-fill);
      }
      .sign.info {
        color: var(--accent);
      }
      .alert .title {
        border: 0;
        padding: 0;
        background: none;
        font-weight: 500;
        text-align: left;
        overflow-wrap: anywhere;
        cursor: pointer;
      }
      .alert p {
        overflow-wrap: anywhere;
      }
      .facts {
        display: flex;
        flex-wrap: wrap;
        gap: 0 10px;
      }
      dl {
        display: grid;
        grid-template-columns: max-content minmax(0, 1fr);
        gap: 2px 12px;
        margin: 6px 0;
      }
      dt {
        color: var(--text-3);
      }
      dd {
        overflow-wrap: anywhere;
      }
      .resolved .title {
        color: var(--text-3);
        text-decoration: line-through;
      }
      .note {
        padding: 16px;
      }
      .filters {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        padding: 8px 16px;
        border-bottom: 1px solid var(--line);
      }
      .filters .field {
        flex: 1 1 120px;
        width: auto;
        min-height: 28px;
        padding: 2px 8px;
      }
      .more {
        padding: 8px 16px;
      }
    `,
  ];
  static override properties: PropertyDeclarations = {
    ...TierfallElement.properties,
    readOnly: { type: Boolean, attribute: 'read-only' },
    opened: { state: true },
    isWhole: { state: true },
    isRunning: { state: true },
    choice: { state: true },
  };

  /** No buttons, whatever the token may do. */
  declare readOnly: boolean;
  declare opened: string;
  declare isWhole: boolean;
  declare isRunning: boolean;
  declare choice: Readonly<Record<'severity' | 'category' | 'instance' | 'domain', string>>;
  /** Alerts that were active while this was open, and when they were seen to be gone. */
  readonly #seen = new Map<string, Alert>();
  readonly #resolved = new Map<string, { alert: Alert; at: number }>();

  constructor() {
    super();
    this.readOnly = false;
    this.opened = '';
    this.isWhole = false;
    this.isRunning = false;
    this.choice = { severity: '', category: '', instance: '', domain: '' };
  }

  override render(): TemplateResult {
    const live = this.data;
    const alerts = live?.alerts.value;
    const mayAct = !this.readOnly && (live?.may('operate') ?? false);
    return html`<section class="panel" aria-label="Alerts">
      <div class="panel-head">
        <h2>Alerts</h2>
        <span class="small faint">${alerts ? this.#headWords(alerts.alerts, alerts.checkedAt) : nothing}</span>
        ${
          live && mayAct && alerts
            ? html`<button class="button quiet push" aria-disabled=${this.isRunning} @click=${() => this.#run(live)}>
              ${this.isRunning ? 'Running' : 'Run checks'}
            </button>`
            : nothing
        }
      </div>
      ${this.stale} ${live ? this.#body(live) : nothing}
    </section>`;
  }

  #headWords(alerts: readonly Alert[], checkedAt: number | null): string {
    const count = (severity: Alert['severity']) => alerts.filter((each) => each.severity === severity).length;
    const critical = count('critical');
    const warnings = count('warning');
    const parts = [
      critical > 0 ? `${critical} critical` : '',
      warnings > 0 ? (warnings === 1 ? '1 warning' : `${warnings} warnings`) : '',
    ].filter((part) => part !== '');
    if (parts.length > 0) return parts.join(', ');
    return checkedAt === null ? '' : `checked ${agoWords(this.now - checkedAt)}`;
  }

  #body(live: Live): TemplateResult {
    const { value, isAbsent, problem } = live.alerts;
    if (isAbsent) return html`<p class="note dim">No checks on this server.</p>`;
    const trouble =
      problem === ''
        ? nothing
        : html`<p class="note problem" role="alert">
            ${icon('alarm')}${problem} <button class="link" @click=${() => live.loadAlerts()}>Try again</button>
          </p>`;
    if (!value) return html`${trouble}`;
    this.#follow(value.alerts);
    const { choice } = this;
    const found = value.alerts
      .filter((alert) =>
        Object.entries(choice).every(([key, wanted]) => wanted === '' || alert[key as keyof typeof choice] === wanted),
      )
      .sort((one, other) => ORDER[one.severity] - ORDER[other.severity] || other.firstSeenAt - one.firstSeenAt);
    const shown = this.isWhole ? found : found.slice(0, SHOWN);
    const isQuiet = value.alerts.length === 0 && this.#resolved.size === 0;
    return html`${trouble}${value.alerts.length >= FILTERED_FROM ? this.#filters(value.alerts) : nothing}${
      isQuiet
        ? html`<p class="note small dim">No active alerts. Checks stay silent until there is enough to compare.</p>`
        : nothing
    }
      <ul>
        ${shown.map((alert) => this.#alert(alert, live))}
        ${[...this.#resolved.values()].map(
          ({ alert, at }) => html`<li class="alert resolved">
            <span class="sign">${icon('check')}</span>
            <div><span class="title">${alert.title}</span><br /><span class="small faint">resolved
              ${clock(at)}</span></div>
          </li>`,
        )}
      </ul>
      ${
        found.length > shown.length
          ? html`<div class="more">
            <button class="link" @click=${() => {
              this.isWhole = true;
            }}>and ${found.length - shown.length} more</button>
          </div>`
          : nothing
      }`;
  }

  #alert(alert: Alert, live: Live): TemplateResult {
    const { id, severity, title, detail, firstSeenAt, check, instance, evidence } = alert;
    const isOpen = this.opened === id;
    const toggle = () => {
      this.opened = isOpen ? '' : id;
    };
    return html`<li class="alert">
      <span class="sign ${severity}">${icon(SIGNS[severity])}<span class="hidden">${severity}</span></span>
      <div>
        <button class="title" aria-expanded=${isOpen} @click=${toggle}>${title}</button>
        <p class="small dim">${detail}</p>
        ${
          isOpen
            ? html`<dl class="small">
              ${Object.entries(evidence).map(([name, value]) => html`<dt>${name}</dt><dd>${String(value)}</dd>`)}
            </dl>`
            : nothing
        }
        <div class="facts small faint">
          <span title=${exact(firstSeenAt)}>since ${since(firstSeenAt, this.now)}</span><span>${check}</span>
          ${
            instance === null || !live.agents.has(instance)
              ? nothing
              : html`<button class="link" @click=${() => this.#report(instance)}>Failure report</button>`
          }
        </div>
      </div>
    </li>`;
  }

  #filters(alerts: readonly Alert[]): TemplateResult {
    const values = (key: keyof typeof this.choice) =>
      [...new Set(alerts.map((alert) => alert[key]).filter((each) => each !== null))].sort();
    return html`<div class="filters">
      ${(['severity', 'category', 'instance', 'domain'] as const).map((key) => {
        const choose = (event: Event) => {
          this.choice = { ...this.choice, [key]: (event.target as HTMLSelectElement).value };
        };
        return html`<select class="field" aria-label=${key === 'instance' ? 'agent' : key} @change=${choose}>
          <option value="">any ${key === 'instance' ? 'agent' : key}</option>
          ${values(key).map((value) => html`<option>${value}</option>`)}
        </select>`;
      })}
    </div>`;
  }

  /** An alert that is gone stays for this session, struck. */
  #follow(alerts: readonly Alert[]): void {
    const active = new Set(alerts.map(({ id }) => id));
    for (const [id, alert] of this.#seen) {
      if (!active.has(id) && !this.#resolved.has(id)) this.#resolved.set(id, { alert, at: this.now });
    }
    for (const alert of alerts) {
      this.#seen.set(alert.id, alert);
      this.#resolved.delete(alert.id);
    }
  }

  #report(instance: string): void {
    this.dispatchEvent(new CustomEvent('tierfall-report-of', { detail: instance, bubbles: true, composed: true }));
  }

  async #run(live: Live): Promise<void> {
    if (this.isRunning) return;
    this.isRunning = true;
    try {
      await live.client.ask('/checks/run', { method: 'POST', body: {} });
      await live.loadAlerts();
    } catch (error) {
      showToast(messageOf(error), { isProblem: true, theme: this.theme });
    }
    this.isRunning = false;
  }
}
