import { html, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';
import { explainInstance, type Next } from '../core/view/explain-instance.js';
import type { ActionName } from './data/actions.js';
import { messageOf } from './data/client.js';
import type { InstanceView } from './data/types.js';
import { chain } from './drawer/chain.js';
import { drawerStyles } from './drawer/drawer-styles.js';
import { reportView, type FailureReport } from './drawer/report.js';
import { badge, badgeStyles } from './parts/badge.js';
import { icon } from './parts/icons.js';
import { firstTierShare, stretchesOf } from './parts/stretches.js';
import { axis, strip, stripStyles } from './parts/strip.js';
import { agoWords, clockExact, durationWords, since } from './parts/times.js';
import { showToast } from './parts/toasts.js';
import { nextWords } from './parts/why.js';
import { base } from './styles/base.js';
import { tokens } from './styles/tokens.js';
import { TierfallElement } from './tierfall-element.js';

interface Report {
  report: FailureReport | null;
  markdown: string | null;
  hours: number;
}

/** How far back a failure report may look: hours, and their name. */
const LENGTHS: readonly [hours: number, name: string][] = [
  [24, 'Last 24 hours'],
  [72, 'Last 3 days'],
  [168, 'Last 7 days'],
];

/** All of one agent, over the page and not modal: its facts, chain, day and ledger, or its failure report. */
export class TierfallDrawer extends TierfallElement {
  static override styles = [tokens, base, badgeStyles, stripStyles, drawerStyles];
  static override properties: PropertyDeclarations = {
    ...TierfallElement.properties,
    instance: {},
    isReport: { attribute: false },
    mayAct: { attribute: false },
    act: { attribute: false },
    report: { state: true },
    problem: { state: true },
    hours: { state: true },
  };

  declare instance: string;
  declare isReport: boolean;
  declare mayAct: boolean;
  declare act: (action: ActionName) => void;
  declare report: Report | undefined;
  declare problem: string;
  declare hours: number;

  constructor() {
    super();
    this.instance = '';
    this.isReport = false;
    this.mayAct = false;
    this.act = () => undefined;
    this.report = undefined;
    this.problem = '';
    this.hours = 24;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('keydown', this.#key);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('keydown', this.#key);
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    super.willUpdate(changed);
    if (changed.has('instance')) void this.data?.loadRows(this.instance).catch(() => undefined);
    if (this.isReport && (changed.has('instance') || changed.has('isReport') || changed.has('hours')))
      void this.#loadReport();
  }

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    // A drawer that covers everything takes the focus; beside the list it leaves it there.
    if (changed.has('instance') && innerWidth < 760) this.renderRoot.querySelector<HTMLElement>('h2')?.focus();
  }

  override render(): TemplateResult | typeof nothing {
    const view = this.data?.agents.get(this.instance);
    if (!view) return nothing;
    return html`<aside aria-label=${this.instance}>${
      this.isReport ? this.#reportPage(view) : this.#agentPage(view)
    }</aside>`;
  }

  #agentPage(view: InstanceView): TemplateResult {
    const live = this.data;
    return html`<header>
        ${badge(view)}
        <h2 tabindex="-1">${view.name}</h2>
        <span class="push"></span>
        ${this.#iconButton('up', 'Previous agent', () => this.#send('tierfall-go', -1))}
        ${this.#iconButton('down', 'Next agent', () => this.#send('tierfall-go', 1))}
        ${this.#iconButton('close', 'Close', () => this.#send('tierfall-close', undefined))}
      </header>
      ${this.#facts(view)}
      <div class="buttons">
        ${this.mayAct ? this.#buttons(view) : nothing}
        ${
          live && !live.alerts.isAbsent
            ? html`<button class="button quiet push" @click=${() => this.#send('tierfall-report', true)}>Failure
              report</button>`
            : nothing
        }
      </div>
      <section aria-label="Its chain">
        <div class="title">
          <h3>Its chain</h3>
          <span class="push small faint">${
            live?.config.value ? html`version ${live.config.value.version}` : nothing
          }</span>
        </div>
        ${chain(view)}
      </section>
      ${this.#day(view)}
      <tierfall-ledger .live=${live} .theme=${this.theme} .instance=${this.instance}></tierfall-ledger>`;
  }

  #facts(view: InstanceView): TemplateResult {
    const { why, next } = explainInstance(view);
    const { tier, retryAt, paused } = view;
    const from = paused?.since ?? view.since;
    const waits = view.tiers.find(({ index, retryAfterUntil }) => index < tier.index && retryAfterUntil !== null);
    const because = waits ? 'the provider named the wait' : paused ? paused.reason : '';
    return html`<dl class="facts">
      <div>
        <dt>Answers now</dt>
        <dd>
          <b>${paused ? 'nobody' : `${tier.provider}/${tier.model}`}</b
          ><span class="more">${
            from === null
              ? 'since its first call'
              : html`since ${since(from, this.now)},
            ${agoWords(this.now - from)}`
          }</span>
        </dd>
      </div>
      <div>
        <dt>Because</dt>
        <dd><b>${why}</b><span class="more">${because}</span></dd>
      </div>
      <div>
        <dt>Next</dt>
        <dd>
          <b>${next ? nextWords(shortNext(next), this.now) : 'Nothing to wait for'}</b
          ><span class="more">${retryAt === null ? nothing : html`at ${clockExact(retryAt)}, by one call`}</span>
        </dd>
      </div>
    </dl>`;
  }

  #buttons({ paused, name }: InstanceView): TemplateResult {
    const isOff = this.data?.isOnline !== true;
    const button = (action: ActionName, sign: 'pause' | 'play' | 'reset' | 'hold', words: string, label: string) =>
      html`<button class="button" aria-label=${label} aria-disabled=${isOff} @click=${() =>
        !isOff && this.act(action)}>${icon(sign)}${words}</button>`;
    return html`${
      paused ? button('resume', 'play', 'Resume', `Resume ${name}`) : button('pause', 'pause', 'Pause', `Pause ${name}`)
    }
    ${button('reset', 'reset', 'Reset to tier 1', `Reset to tier 1: ${name}`)} ${button(
      'hold',
      'hold',
      'Hold a tier back',
      `Hold a tier back: ${name}`,
    )}`;
  }

  #day(view: InstanceView): TemplateResult {
    const rows = this.data?.rows.get(this.instance);
    const width = Math.min(640, innerWidth) - 41;
    const now = Math.floor(this.now / 60_000) * 60_000 + 60_000;
    const { ms, share } = firstTierShare(rows ? stretchesOf(view, rows, this.now) : []);
    return html`<section aria-label="Last 24 hours">
      <div class="title">
        <h3>Last 24 hours</h3>
        <span class="push small faint">${
          rows ? `on tier 1 for ${durationWords(ms)}, ${Math.round(share * 100)} %` : nothing
        }</span>
      </div>
      ${strip({
        view,
        rows,
        now,
        width,
        size: 'large',
        lostAt: this.data?.phase === 'lost' ? this.data.lostAt : undefined,
      })}
      ${axis(now, width, true)}
    </section>`;
  }

  #reportPage(view: InstanceView): TemplateResult {
    const { report, problem } = this;
    const markdown = report?.markdown;
    return html`<header>
        ${this.#iconButton('left', 'Back to the agent', () => this.#send('tierfall-report', false))}
        <h2 tabindex="-1">Failure report of ${view.name}</h2>
        <span class="push"></span>
        ${this.#iconButton('close', 'Close', () => this.#send('tierfall-close', undefined))}
      </header>
      <div class="buttons">
        <select class="field" aria-label="How far back" @change=${(event: Event) => this.#choose(event)}>
          ${LENGTHS.map(
            ([hours, name]) => html`<option value=${hours} ?selected=${hours === this.hours}>${name}</option>`,
          )}
        </select>
        ${
          markdown
            ? html`<button class="button" @click=${() => this.#copy(markdown)}>Copy as
          Markdown</button>`
            : nothing
        }
        ${
          this.mayAct && !view.paused
            ? html`<button class="button push" @click=${() => this.act('pause')}>${icon('pause')}Pause</button>`
            : nothing
        }
      </div>
      ${
        problem === ''
          ? nothing
          : html`<section><p class="problem"
        role="alert">${icon('alarm')}${problem}</p></section>`
      }
      ${
        report?.report
          ? reportView(report.report)
          : report
            ? html`<section><p class="dim">Nothing was rejected or
        failed in that time.</p></section>`
            : nothing
      }`;
  }

  async #loadReport(): Promise<void> {
    this.report = undefined;
    this.problem = '';
    const { instance, hours } = this;
    const isWanted = () => instance === this.instance && hours === this.hours;
    try {
      const report = await this.data?.client.ask<Report>(
        `/failure-report/${encodeURIComponent(instance)}?hours=${hours}`,
      );
      if (isWanted()) this.report = report;
    } catch (error) {
      if (isWanted()) this.problem = messageOf(error);
    }
  }

  #choose(event: Event): void {
    this.hours = Number((event.target as HTMLSelectElement).value);
  }

  async #copy(markdown: string): Promise<void> {
    await navigator.clipboard.writeText(markdown).then(
      () => showToast('Copied as Markdown.', { theme: this.theme }),
      () => showToast('The browser did not allow copying.', { isProblem: true, theme: this.theme }),
    );
  }

  #iconButton(sign: 'up' | 'down' | 'close' | 'left', label: string, act: () => void): TemplateResult {
    return html`<button class="icon-button" aria-label=${label} title=${label} @click=${act}>${icon(sign)}</button>`;
  }

  #send(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  readonly #key = (event: KeyboardEvent): void => {
    const target = event.composedPath()[0];
    const isTyping = target instanceof HTMLElement && /^(?:INPUT|TEXTAREA|SELECT)$/u.test(target.tagName);
    const isBehind =
      document.querySelector('dialog[open]') !== null ||
      (target instanceof Element && target.closest('dialog') !== null);
    if (isTyping || isBehind || event.defaultPrevented) return;
    if (event.key === 'Escape') this.#send('tierfall-close', undefined);
    else if (event.key === '[') this.#send('tierfall-go', -1);
    else if (event.key === ']') this.#send('tierfall-go', 1);
  };
}

/** `Tier 1 in 4 min`: the fact is narrow. */
function shortNext(next: Next): Next {
  return { ...next, text: next.text.replace(/ is tried again$/u, '') };
}
