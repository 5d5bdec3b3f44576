import { html, nothing, type TemplateResult } from 'lit';

/** A line of a failure report. */
interface Share {
  name: string;
  count: number;
  share: number;
  example: string;
}

/** The failure report of an agent, as `failureReport` of `tierfall/checks` makes it. */
export function reportView(report: Record<string, unknown>): TemplateResult {
  const bad = numberOf(report, ['rejected']) + numberOf(report, ['failed']);
  const before = report['before'] as { share?: number } | null | undefined;
  return html`<section class="report">
      <p class="lead">
        <b>${bad} of ${numberOf(report, ['tasks'])} tasks were rejected or failed,</b> ${percent(
          numberOf(report, ['share']),
        )}.${
          typeof before?.share === 'number'
            ? ` In the ${numberOf(report, ['hours'])} hours before it was ${percent(before.share)}.`
            : nothing
        }
      </p>
    </section>
    ${shares('By reason', report['byReason'])} ${shares('By domain', report['byDomain'])} ${shares(
      'By tier',
      report['byTier'],
    )}
    ${prose('Likely cause', report['likelyCause'])} ${list('What to do next', report['nextSteps'])}`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function shares(title: string, given: unknown): TemplateResult | typeof nothing {
  const rows = Array.isArray(given) ? given.map(readShare).filter((row) => row !== undefined) : [];
  if (rows.length === 0) return nothing;
  return html`<section class="report">
    <h3>${title}</h3>
    ${rows.map(
      ({ name, count, share, example }) => html`<div class="share">
        <span class="cut" title=${name}>${name}${
          example === ''
            ? nothing
            : html`<br /><span
          class="small faint">“${example}”</span>`
        }</span>
        <span class="n">${count}</span><span class="n">${Math.round(share * 100)} %</span>
        <meter min="0" max="1" value=${share} aria-label="${name}: ${Math.round(share * 100)} %"></meter>
      </div>`,
    )}
  </section>`;
}

function prose(title: string, given: unknown): TemplateResult | typeof nothing {
  if (typeof given !== 'string' || given === '') return nothing;
  return html`<section class="report">
    <h3>${title}</h3>
    <p class="dim">${given}</p>
  </section>`;
}

function list(title: string, given: unknown): TemplateResult | typeof nothing {
  const steps = Array.isArray(given) ? given.filter((step): step is string => typeof step === 'string') : [];
  if (steps.length === 0) return nothing;
  return html`<section class="report">
    <h3>${title}</h3>
    <ol class="numbered">
      ${steps.map((step) => html`<li>${step}</li>`)}
    </ol>
  </section>`;
}

function readShare(row: unknown): Share | undefined {
  if (typeof row !== 'object' || row === null) return undefined;
  const facts = row as Record<string, unknown>;
  const name = textOf(facts, ['name']) || 'none given';
  const examples: unknown = facts['examples'];
  const example = Array.isArray(examples) && typeof examples[0] === 'string' && examples[0] !== name ? examples[0] : '';
  return {
    name,
    count: numberOf(facts, ['count']),
    share: numberOf(facts, ['share']),
    example,
  };
}

function textOf(facts: Record<string, unknown>, names: readonly string[]): string {
  const value = names.map((name) => facts[name]).find((each) => typeof each === 'string');
  return typeof value === 'string' ? value : '';
}

function numberOf(facts: Record<string, unknown>, names: readonly string[]): number {
  const value = names.map((name) => facts[name]).find((each) => typeof each === 'number');
  return typeof value === 'number' ? value : 0;
}
