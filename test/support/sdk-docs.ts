import { sdkCaseNames } from './sdk-cases.ts';
import type { Expectation, SdkName, SdkTable } from './sdk-expectations.ts';
import { packagesOf, sdks, usual } from './sdk-expectations.ts';
import { handOvers } from './sdk-hand-over.ts';

/** The tables of verdicts in `docs/sdks.md`, from the data the suite holds. */
export function renderVerdicts(): string {
  const names = [...sdkCaseNames('call'), ...sdkCaseNames('stream')];
  const held = names.map((name) => row([name, verdict(usual[name]), reason(usual[name])]));
  const differing = new Map<string, SdkName[]>();
  for (const name of names) {
    for (const sdk of sdkNames()) {
      const differs: Partial<SdkTable> = sdks[sdk].differs;
      const expectation = differs[name];
      // What an end mark is called is no difference.
      if (expectation === undefined || ('ends' in expectation && expectation.text !== undefined)) continue;
      const rest = [name, verdict(expectation), reason(expectation)].join(' | ');
      differing.set(rest, [...(differing.get(rest) ?? []), sdk]);
    }
  }
  const differingRows = Array.from(differing, ([rest, who]) => row([who.join(', '), rest]));
  return [
    ...table(['case', 'verdict', 'because'], held),
    '',
    'Where an SDK differs:',
    '',
    ...table(['SDK', 'case', 'verdict', 'because'], differingRows),
    '',
    `Held for ${[...new Set(sdkNames().flatMap(packagesOf))].map((name) => `\`${name}\``).join(', ')}.`,
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

/** The table in `docs/sdks.md` of how to hand over to a failover. */
export function renderHandOvers(): string {
  const head = ['SDK', '`fetch`', 'its own retries off', 'signal', 'its own timeout, default', 'tries by default'];
  const rows = Object.entries(handOvers).map(([sdk, { fetch, noRetries, signal, timeout, tries, heedsHeader }]) =>
    row([
      sdk.replace(' + openai', ''),
      fetch ?? 'takes none',
      noRetries,
      signal,
      timeout,
      heedsHeader ? `${tries}, ended by \`x-should-retry: false\`` : String(tries),
    ]),
  );
  return table(head, rows).join('\n');
}
