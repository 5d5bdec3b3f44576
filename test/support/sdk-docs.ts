import { sdkCaseNames } from './sdk-cases.ts';
import type { Expectation, SdkName } from './sdk-expectations.ts';
import { packageOf, sdks, usual } from './sdk-expectations.ts';

/** The tables of verdicts in `docs/sdks.md`, from the data the suite holds. */
export function renderVerdicts(): string {
  const names = [...sdkCaseNames('call'), ...sdkCaseNames('stream')];
  const held = names.map((name) => row([name, verdict(usual[name]), reason(usual[name])]));
  const differing = sdkNames().flatMap((sdk) => {
    const differs: Partial<Record<string, Expectation>> = sdks[sdk].differs;
    return names.flatMap((name) => {
      const expectation = differs[name];
      return expectation === undefined ? [] : [row([sdk, name, verdict(expectation), reason(expectation)])];
    });
  });
  return [
    ...table(['case', 'verdict', 'because'], held),
    '',
    'Where an SDK differs:',
    '',
    ...table(['SDK', 'case', 'verdict', 'because'], differing),
    '',
    `Held for ${[...new Set(sdkNames().map((sdk) => `\`${packageOf(sdk)}\``))].join(', ')}.`,
  ].join('\n');
}

function sdkNames(): SdkName[] {
  return Object.keys(sdks).filter((name): name is SdkName => Object.hasOwn(sdks, name));
}

function verdict(expectation: Expectation): string {
  if ('hangs' in expectation) return 'hangs';
  if ('ends' in expectation) {
    return `no error, ${expectation.ends === undefined ? 'no end mark' : `end mark \`${expectation.ends}\``}`;
  }
  const wait = expectation.retryAfterMs === undefined ? '' : `, wait ${expectation.retryAfterMs} ms`;
  return `\`${expectation.kind}\`${wait}`;
}

function reason(expectation: Expectation): string {
  return expectation.why ?? '';
}

function table(head: readonly string[], rows: readonly string[]): string[] {
  return [row(head), row(head.map(() => '---')), ...rows];
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
