import type { ActivitySource } from '../../ports/activity.js';
export interface FailureReport { instance: string }
export async function failureReport(_source: ActivitySource, _options: { instance: string; hours?: number; now?: number }): Promise<FailureReport | null> {
  return null;
}
