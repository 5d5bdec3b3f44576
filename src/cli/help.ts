import type { Command } from './commands/command.js';

const lines = [
  'Options',
  '  --store ADDRESS   sqlite:PATH, redis://…, postgres://… (or TIERFALL_STORE)',
  '  --by NAME         who acts, for the ledger; default: your user name',
  '  --reason TEXT     why, for the ledger',
  '  --until TIME      +15m, +2h, +1d, or 2026-05-01T08:00, in your zone where it names none',
  '  --limit N         rows of history, 1 to 1000; default 20',
  '  --wait SECONDS    how long ready waits; default 0',
  '  --all             everything, in the place of NAME',
  '  --provider P      a provider, in the place of NAME',
  '  --config FILE     the module that drill loads',
  '  --json            JSON on standard output',
  '  -h, --help        this, or the help of one command',
  '  -v, --version     the version of tierfall',
  '',
  'Exit codes',
  '  0   done',
  '  1   it failed; standard error says why',
  '  64  called wrongly',
  '  75  try again: the store is locked or cannot be reached, or ready says no',
  '',
  'Examples',
  '  tierfall status --store sqlite:./tierfall.db',
  '  tierfall pause inbox-triage --reason "looking at the loop" --until +30m --store redis://127.0.0.1:6379',
  '  tierfall hold inbox-triage 1 --until +2h --store postgres://127.0.0.1/app',
  '  tierfall ready inbox-triage --wait 60 && ./run-job',
  "  echo '429 Too Many Requests' | tierfall classify",
];

/** What `tierfall --help` prints. */
export function helpText(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ usage }) => usage.length));
  return [
    'tierfall: shows which model answers for whom, and lets you act on it. It needs no chain, only the store.',
    '',
    'Usage: tierfall COMMAND [OPTIONS]',
    '',
    'Commands',
    ...commands.map(({ usage, summary }) => `  ${usage.padEnd(width)}  ${summary}`),
    '',
    ...lines,
    '',
  ].join('\n');
}

/** What `tierfall COMMAND --help` prints. */
export function commandHelp({ usage, summary, options }: Command): string {
  const known = lines.filter((line) => options.some((name) => line.trimStart().startsWith(`--${name}`)));
  return [`Usage: tierfall ${usage} [OPTIONS]`, '', summary, '', 'Options', ...known, ''].join('\n');
}
