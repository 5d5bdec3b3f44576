import { html, nothing, type TemplateResult } from 'lit';

/** A line of a failure report. */
interface Share {
  name: string;
  count: number;
  share: number;
  /** Of a reason: what was said, word for word. */
  examples?: string[];
}

/** The part of a failure report that is shown, as `failureReport` of `tierfall/checks` makes it. */
export interface FailureReport {
  hours: number;
  tasks: number;
  rejected: number;
  failed: number;
  share: number;
  before: { share: number } | null;
  byReason: Share[];
  byDomain: Share[];
  byTier: Share[];
  likelyCause: string;
  nextSteps: string[];
}

/** The failure report of an agent. */
export function reportView(report: FailureReport): TemplateResult {
  const { hours, tasks, rejected, failed, share, before } = report;
  return html`<section class="report">
      <p class="lead">
        <b>${rejected + failed} of ${tasks} tasks were rejected or failed,</b> ${percent(share)}.${
          before ? ` In the ${hours} hours before it was ${percent(before.share)}.` : nothing
        }
      </p>
    </section>
    ${shares('By reason', report.byReason)} ${shares('By domain', report.byDomain)} ${shares('By tier', report.byTier)}
    <section class="report">
      <h3>Likely cause</h3>
      <p class="dim">${report.likelyCause}</p>
    </section>
    <section class="report">
      <h3>What to do next</h3>
      <ol class="numbered">
        ${report.nextSteps.map((step) => html`<li>${step}</li>`)}
      </ol>
    </section>`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function shares(title: string, rows: readonly Share[]): TemplateResult | typeof nothing {
  if (rows.length === 0) return nothing;
  return html`<section class="report">
    <h3>${title}</h3>
    ${rows.map(
      ({ name, count, share, examples = [] }) => html`<div class="share">
        <span class="cut" title=${name}>${name}${examples
          .slice(0, 1)
          .filter((example) => example !== name)
          .map((example) => html`<br /><span class="small faint">“${example}”</span>`)}</span>
        <span class="n">${count}</span><span class="n">${percent(share)}</span>
        <meter min="0" max="1" value=${share} aria-label="${name}: ${percent(share)}"></meter>
      </div>`,
    )}
  </section>`;
}
