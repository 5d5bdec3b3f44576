import { html, nothing, svg, type PropertyDeclarations, type TemplateResult } from 'lit';
import { healthQuestion } from './data/actions.js';
import type { Live } from './data/live.js';
import { isAllPaused } from './data/targets.js';
import type { HealthPause, HealthStatus, Target } from './data/types.js';
import { healthTargets, percent, type Bar, type TargetHealth } from './health/health-model.js';
import { healthStyles } from './health/health-styles.js';
import type { TierfallDialog } from './parts/dialog.js';
import { icon } from './parts/icons.js';
import { agoWords, clockExact, countdown, durationWords, exact, windowWords } from './parts/times.js';
import { base } from './styles/base.js';
import { tokens } from './styles/tokens.js';
import { TierfallElement } from './tierfall-element.js';

/**
 * `<tierfall-health base-url="/ops">`: what service health has paused, why, and when it comes back; every rule as
 * bars.
 */
export class TierfallHealth extends TierfallElement {
  static override styles = [tokens, base, healthStyles];
  static override properties: PropertyDeclarations = {
    ...TierfallElement.properties,
    readOnly: { type: Boolean, attribute: 'read-only' },
    folded: { state: true },
  };

  /** No buttons, whatever the token may do. */
  declare readOnly: boolean;
  /** Targets that were opened or closed by hand. */
  declare folded: ReadonlyMap<string, boolean>;

  constructor() {
    super();
    this.readOnly = false;
    this.folded = new Map();
  }

  /** Asks before a target is paused or resumed, and does it. */
  ask(action: 'pause' | 'resume', target: Target): void {
    const dialog = this.renderRoot.querySelector<TierfallDialog>('tierfall-dialog');
    if (this.data) void dialog?.ask(healthQuestion(action, target, this.data));
  }

  override render(): TemplateResult {
    const live = this.data;
    const status = live?.health.value;
    const mayAct = !this.readOnly && (live?.may('operate') ?? false);
    return html`<section class="panel" aria-label="Service health">
        <div class="panel-head">
          <h2>Service health</h2>
          <span class="small faint">${
            status?.checkedAt ? html`judged ${agoWords(this.now - status.checkedAt)}` : nothing
          }</span>
          ${
            mayAct && status && !isAllPaused(status)
              ? html`<button class="button quiet push" @click=${() => this.ask('pause', { all: true })}>Pause
                everything</button>`
              : nothing
          }
        </div>
        ${this.stale} ${live ? this.#body(live, status, mayAct) : nothing}
      </section>
      <tierfall-dialog .theme=${this.theme}></tierfall-dialog>`;
  }

  #body({ health }: Live, status: HealthStatus | undefined, mayAct: boolean): TemplateResult {
    if (health.isAbsent) return html`<p class="note dim">No service health on this server.</p>`;
    const problem =
      health.problem === ''
        ? nothing
        : html`<p class="note problem" role="alert">
            ${icon('alarm')}${health.problem}
            <button class="link" @click=${() => this.data?.loadHealth()}>Try again</button>
          </p>`;
    if (!status) return html`${problem}`;
    const targets = healthTargets(status);
    return html`${problem}${
      status.enabled
        ? nothing
        : html`<p class="note dim">Service health is switched off. It counts and pauses nothing.</p>`
    }${
      targets.length === 0
        ? html`<p class="note dim">No calls to judge yet. Rules start to count with the first one.</p>`
        : targets.map((target) => this.#target(target, mayAct))
    }`;
  }

  #target(health: TargetHealth, mayAct: boolean): TemplateResult {
    const { id, name, pause, rules, state } = health;
    const isOpen = this.folded.get(id) ?? state === 'near';
    const near = html`<span class="tag near">${icon('bang')}near its limit</span>`;
    const clear = html`<span class="tag clear">${icon('check')}clear</span>`;
    if (pause) {
      return html`<div class="target">
        <div class="line">
          <b class="cut">${name}</b><span class="tag paused">${icon('close')}paused</span>
          ${
            mayAct
              ? html`<button class="button push" @click=${() => this.ask('resume', pause.target)}>Resume
                ${name}</button>`
              : nothing
          }
        </div>
        ${this.#marks(pause)} ${this.#sentence(health, pause)}
      </div>`;
    }
    const toggle = () => {
      this.folded = new Map([...this.folded, [id, !isOpen]]);
    };
    return html`<div class="target">
      <button class="line" aria-expanded=${isOpen} @click=${toggle}>
        <b class="cut">${name}</b>${state === 'near' ? near : clear}
        <span class="push small faint">${reachedWords(health)}</span>${icon(isOpen ? 'unfold' : 'fold')}
      </button>
      ${
        isOpen
          ? rules.map(
              ({ rule, bars }) => html`<div class="rule ${bars.length > 1 ? 'many' : ''}"
        title=${rule.name}>${bars.map((bar) => this.#bar(bar, rule.name))}</div>`,
            )
          : nothing
      }
    </div>`;
  }

  /** Paused, clear since, trial call: where each stands. */
  #marks({ since: from, clearSince, resumesAt, source, by }: HealthPause): TemplateResult {
    const { now } = this;
    const paused = html`<div class="mark red"><b>Paused</b><span title=${exact(from)}>${clockExact(from)}</span><br
      />${agoWords(now - from)}</div>`;
    if (source === 'operator') {
      const end = resumesAt === null ? 'until someone resumes it' : html`until ${clockExact(resumesAt)}`;
      return html`<div class="marks">${paused}<div class="mark"><b>By ${by}</b>${end}</div></div>`;
    }
    const clear =
      clearSince === null
        ? html`<div class="mark"><b>Clear since</b>not yet</div>`
        : html`<div class="mark green"><b>Clear since</b><span
          title=${exact(clearSince)}>${clockExact(clearSince)}</span><br />for ${durationWords(
            now - clearSince,
            'down',
          )}</div>`;
    const trial =
      resumesAt === null
        ? html`<div class="mark"><b>Trial call</b>${clearSince === null ? 'when it is clear' : 'now, one call'}</div>`
        : html`<div class="mark"><b>Trial call</b><span title=${exact(resumesAt)}>${clockExact(resumesAt)}</span><br
          />${countdown(resumesAt, now)}</div>`;
    return html`<div class="marks">${paused}${clear}${trial}</div>`;
  }

  #sentence({ rules }: TargetHealth, { reason, rule }: HealthPause): TemplateResult {
    const found = rules.find((each) => each.rule.name === rule);
    return html`<p class="small dim">
      ${reason}${rule === undefined || reason.includes(rule) ? nothing : html` (${rule})`}${
        found ? found.bars.map((bar) => html` ${barSentence(bar)}.`) : nothing
      }
    </p>`;
  }

  /** A window of a rule: how many of how many, and where its limit is. */
  #bar(bar: Bar, name: string): TemplateResult {
    const { window, value, limit, isYoung, isOver, ofCalls } = bar;
    const { limits, count, calls } = window;
    const right = isYoung
      ? `judged from ${limits.minimumCalls ?? 0}`
      : limits.ratio === undefined
        ? html`${isOver ? html`<b class="over-text">tripped</b>, ` : nothing}limit ${limits.count ?? 0}`
        : html`<b>${percent(value)}</b>, limit ${percent(limits.ratio)}`;
    return html`<div class="bar small faint" role="meter" aria-valuemin="0" aria-valuemax="100"
        aria-valuenow=${Math.round(value * 100)} aria-label="${name}: ${barSentence(bar)}">
      <span>${windowWords(window.windowMs)}</span>
      <svg viewBox="0 0 100 14" preserveAspectRatio="none" aria-hidden="true">
        <rect class="ground" x="0" y="3" width="100" height="8" vector-effect="non-scaling-stroke" />
        ${
          isYoung
            ? svg`<path class="young" d="M0 5H${value * 100}M0 7H${value * 100}M0 9H${value * 100}"
              vector-effect="non-scaling-stroke" />`
            : svg`<rect class="value ${isOver ? 'over' : ''}" x="0" y="3" width=${value * 100} height="8" />`
        }
        <rect class="limit" x=${limit * 100 - 0.7} y="0" width="1.6" height="14" />
      </svg>
      <span class="right"><b>${count}</b>${ofCalls ? html` of ${calls}` : nothing}</span>
      <span class="right">${right}</span>
    </div>`;
  }
}

function barSentence({ window: { windowMs, count, calls, limits }, value, isYoung, isOver, ofCalls }: Bar): string {
  const of = ofCalls ? `${count} of ${calls} calls failed` : `${count} failures`;
  if (isYoung) return `${of} in ${windowWords(windowMs)}, too few calls to judge`;
  const limit =
    limits.ratio === undefined
      ? `the limit is ${limits.count ?? 0}`
      : `${percent(value)} where ${percent(limits.ratio)} is the limit`;
  return `${of} in ${windowWords(windowMs)}, ${limit}${isOver ? ', tripped' : ''}`;
}

function reachedWords({ reached, state }: TargetHealth): string {
  if (reached === undefined) return 'too few calls to judge';
  return state === 'near' ? `${percent(reached)} of a limit` : `at most ${percent(reached)} of a limit`;
}
