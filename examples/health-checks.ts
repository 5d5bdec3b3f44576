import { createMemoryStore } from 'tierfall';
import { createActivityLog, createAlertBook, renderFailureReport, runChecks } from 'tierfall/checks';
import { createConsoleNotifier } from 'tierfall/notifiers';
import { generateHistory } from 'tierfall/testing';

// Four agents have worked for five weeks; two of them have trouble by now. The checks find it, an alert book tells it once,
// and a failure report says what to do.

const store = createMemoryStore();
const log = createActivityLog({ store });
const startAt = Date.UTC(2026, 0, 5);

const histories = [
  { seed: 2, shape: 'office-hours', fault: null, name: 'ticket-router' },
  { seed: 6, shape: 'round-the-clock', fault: null, name: 'doc-indexer' },
  { seed: 7, shape: 'office-hours', fault: 'loop', name: 'inbox-triage' },
  { seed: 9, shape: 'round-the-clock', fault: 'domain', name: 'contract-review' },
] as const;
const found: number[] = [];
for (const { seed, shape, fault, name } of histories) {
  const history = generateHistory({ seed, shape, fault, startAt });
  log.record(history.tasks.map((task) => ({ ...task, instance: name, tier: 'anthropic/claude-sonnet-4-5' })));
  if (history.fault) found.push(history.fault.deadlineAt);
}
await log.flush();

const book = createAlertBook({ store, notifiers: [createConsoleNotifier()] });
// Twice in a row: what is still wrong is not told again.
for (const now of found.toSorted((one, other) => one - other)) {
  const result = await runChecks(log.source, { now });
  const { raised, resolved } = await book.update(result);
  console.log(
    `\n${new Date(now).toISOString().slice(0, 16)}Z: ${result.counts.critical} critical, ${result.counts.warning} warnings; ` +
      `${raised.length} new, ${resolved.length} resolved`,
  );
  for (const { severity, check, title, detail } of result.alerts)
    console.log(`  ${severity}  ${check}: ${title}. ${detail}`);
  for (const report of result.failureReports) console.log(`\n${renderFailureReport(report)}`);
}
await book.close();
await log.close();
