import { alertSeverities, type Alert, type AlertCategory, type CheckName } from '../core/alert.js';
import { fingerprint } from '../core/activity/fingerprint.js';
import type { Finding } from './agent/agent-check.js';

/** A finding as the alert it is. */
export function makeAlert(
  check: CheckName,
  category: AlertCategory,
  instance: string | null,
  { domain = null, ...finding }: Finding,
): Alert {
  return { id: alertId(check, instance, domain), check, category, instance, domain, ...finding };
}

/** Stable in every run and process, and short whatever names are long or odd. */
export function alertId(check: CheckName, instance: string | null, domain: string | null): string {
  return `${check}:${fingerprint(JSON.stringify([instance, domain])).slice(0, 16)}`;
}

/** Most urgent first, then the oldest, then by name: the same order in every run. */
export function inUrgency(alerts: Alert[]): Alert[] {
  return alerts.sort(
    (one, other) =>
      alertSeverities.indexOf(one.severity) - alertSeverities.indexOf(other.severity) ||
      one.firstSeenAt - other.firstSeenAt ||
      (one.id < other.id ? -1 : 1),
  );
}
