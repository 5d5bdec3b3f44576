import type { Instance } from '../instance/instance.js';
import type { SpendWindow } from './spend-window.js';

/** An operator has lifted a limit for an instance until the window ends. Those of earlier windows are over. */
export function noteWaiver(instance: Instance, window: SpendWindow, waiver: string): void {
  const present = [...instance.waivers].filter((each) => each.startsWith(`${window.startAt}|`));
  instance.waivers = new Set([...present, waiver]);
}
