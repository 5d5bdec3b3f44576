import { judgeSignal } from './judge/judge.js';
import type { Classification, ClassifyOptions, Evidence } from './classification.js';
import { readWait } from './waits/waits.js';
import { scopeOf } from './judge/scope.js';
import { MAX_CODE, MAX_MATCHED, MAX_MESSAGE, MAX_SECRET, MAX_SHOWN } from './limits.js';
import { judgeByHostRules } from './judge/host-rules.js';
import type { Signal } from './signal/signal.js';
import { readSignal } from './signal/read-signal.js';
import { redact } from '../redact.js';

/**
 * Says what a failure means: its kind, the wait the provider named, what it covers, and which rule decided on what.
 *
 * Takes anything: an SDK's error, a `{ status, headers, body }` response, a string, a nested cause, a hostile object.
 * Never throws, never changes the error, does no I/O and reads no clock but `options.now`. Works by shape alone. Time
 * is bounded however large the error is.
 */
export function classifyError(error: unknown, options?: ClassifyOptions): Classification {
  const signal = readSignal(error);
  const verdict = (options?.rules && judgeByHostRules(signal, options.rules)) ?? judgeSignal(signal);
  const wait = signal.isOwn ? undefined : readWait(signal, verdict.kind, options?.now);
  const { kind, rule, on, matched } = verdict;
  const { status, provider } = signal;
  const code = shownCode(verdict.code, signal);
  const evidence: Evidence = { rule, on };
  const found: Classification = {
    kind,
    scope: scopeOf(verdict, signal),
    message: show(messageOf(signal), MAX_MESSAGE),
    evidence,
  };
  if (status) found.status = status;
  if (code) found.code = show(code, MAX_CODE);
  if (provider) found.provider = show(provider, MAX_CODE);
  // Mostly the code itself: there is no need to look for secrets twice.
  if (matched !== undefined) evidence.matched = matched === found.code ? matched : show(matched, MAX_MATCHED);
  if (wait) [found.retryAfterMs, evidence.retryAfterFrom] = [wait.ms, wait.from];
  return found;
}

/** The outermost sentence of words; inner ones where the outer has none: a status alone (`529 {…}`) tells nothing. */
function messageOf({ layers }: Signal): string {
  let told = '';
  for (const { texts } of layers.toReversed()) {
    for (const text of texts) if (!/\p{L}/u.test(told)) told = text.trim() || told;
  }
  return told;
}

/** The deciding code, else the innermost one, as the provider wrote it: without our mark before MiniMax's numbers. */
function shownCode(decided: string | undefined, { layers }: Signal): string | undefined {
  const code = decided ?? layers.flatMap(({ codes }) => codes)[0];
  return code?.replace('minimax:', '');
}

/** Without secrets, at most `length` characters, never half of a surrogate pair. */
function show(text: string, length: number): string {
  const safe = redact(text.slice(0, MAX_SHOWN + MAX_SECRET));
  // Where reading stopped there may stand the first half of a secret, which no pattern knows.
  const end = text.length > MAX_SHOWN + MAX_SECRET ? Math.max(0, safe.length - MAX_SECRET) : length;
  if (safe.length <= end) return safe;
  return `${safe.slice(0, Math.min(end, length - 1)).replace(/[\ud800-\udbff]$/, '')}…`;
}
