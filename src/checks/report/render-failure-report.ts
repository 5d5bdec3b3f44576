import { percent, plural, time } from '../words.js';
import type { FailurePlace, FailureReason, FailureReport } from './report.js';

/**
 * A failure report as Markdown, to be read in a terminal, a ticket or a chat. What came from outside is escaped: no
 * name can become a heading, a link, a picture or HTML.
 */
export function renderFailureReport(report: FailureReport): string {
  const bad = report.rejected + report.failed;
  const parts = [
    `# Failure report of ${escape(report.instance)}`,
    `${time(report.from)} to ${time(report.until)}`,
    `**${bad} of ${plural(report.tasks, 'task')} ${bad === 1 ? 'was' : 'were'} rejected or failed, ` +
      `${percent(report.share)}.** ` +
      `${report.rejected} rejected, ${report.failed} failed. ${trend(report)}`,
    section('By reason', reasons(report.byReason)),
    section('By domain', places(report.byDomain, 'Domain')),
    section('By tier', places(report.byTier, 'Tier')),
    report.byProvider.length > 1 ? section('By provider', places(report.byProvider, 'Provider')) : '',
    section('Likely cause', escape(report.likelyCause)),
    section('What to do next', report.nextSteps.map((step, index) => `${index + 1}. ${escape(step)}`).join('\n')),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function trend({ trend: direction, before, hours }: FailureReport): string {
  const span = `In the ${hours} h before`;
  if (!before) return `${span} there was no task.`;
  const words = { rising: 'more now', falling: 'fewer now', steady: 'about the same', unknown: 'too few to compare' };
  return `${span} it was ${percent(before.share)} of ${plural(before.tasks, 'task')}: ${words[direction]}.`;
}

function section(title: string, text: string): string {
  return text === '' ? '' : `## ${title}\n\n${text}`;
}

function reasons(list: readonly FailureReason[]): string {
  const rows = list.map(({ name, count, share, examples }) => {
    const others = examples.filter((example) => example !== name).map((example) => `“${escape(example)}”`);
    return `| ${escape(name)} | ${count} | ${percent(share)} | ${others.join('<br>')} |`;
  });
  return ['| Reason | Tasks | Share | Also |', '|---|---:|---:|---|', ...rows].join('\n');
}

function places(list: readonly FailurePlace[], title: string): string {
  if (list.length === 0) return '';
  const rows = list.map(
    ({ name, count, share, of, failureShare }) =>
      `| ${escape(name)} | ${count} | ${percent(share)} | ${percent(failureShare)} of ${of} |`,
  );
  return [`| ${title} | Tasks | Share | Of its own work |`, '|---|---:|---:|---:|', ...rows].join('\n');
}

/** Text that Markdown and HTML take for nothing but text. */
function escape(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*_[\]()#|~!]/g, (sign) => `\\${sign}`)
    .replace(/(https?|ftp):\/\//gi, '$1:\u200B//')
    .replace(/\bwww\./gi, 'www\u200B.');
}
