import type { ActionName } from '../data/actions.js';

const ACTIONS: Readonly<Record<string, ActionName>> = { p: 'pause', r: 'reset', h: 'hold' };

/** Single letters may be switched off: a speech program types them by mistake. */
const LETTERS_KEY = 'tierfall-letters';

export function areLettersOn(): boolean {
  try {
    return localStorage.getItem(LETTERS_KEY) !== 'off';
  } catch {
    // A browser that keeps nothing does not let anybody read either.
    return true;
  }
}

export function setLetters(isOn: boolean): void {
  try {
    localStorage.setItem(LETTERS_KEY, isOn ? 'on' : 'off');
  } catch {
    // They stay on.
  }
}

/** What a key in the table does; gives the row that is to have the focus, where it moves. */
export function rowKey(
  event: KeyboardEvent,
  facts: {
    names: readonly string[];
    mayAct: boolean;
    page: number;
    open: (name: string) => void;
    act: (action: ActionName, name: string) => void;
  },
): string | undefined {
  const target = event.target as HTMLElement;
  const row = target.closest<HTMLElement>('.row');
  const name = row?.dataset['name'];
  if (!row || name === undefined || event.ctrlKey || event.metaKey || event.altKey) return undefined;
  const { names, page } = facts;
  const at = names.indexOf(name);
  const letters = areLettersOn();
  const steps: Record<string, number> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    ...(letters ? { j: at + 1, k: at - 1 } : {}),
    Home: 0,
    End: names.length - 1,
    PageDown: at + page,
    PageUp: at - page,
  };
  const next = steps[event.key];
  if (next !== undefined) {
    event.preventDefault();
    return names[Math.min(Math.max(0, next), names.length - 1)];
  }
  if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') {
    event.preventDefault();
    const buttons = [row, ...row.querySelectorAll<HTMLElement>('button')];
    const here = Math.max(0, buttons.indexOf(target));
    buttons[Math.max(0, Math.min(buttons.length - 1, here + (event.key === 'ArrowRight' ? 1 : -1)))]?.focus();
    return undefined;
  }
  if (event.key === 'Enter' && target === row) {
    event.preventDefault();
    facts.open(name);
    return undefined;
  }
  const action = letters ? ACTIONS[event.key] : undefined;
  if (action && facts.mayAct) {
    event.preventDefault();
    facts.act(action, name);
  }
  return undefined;
}

/** Gives a row the focus; false where it is not drawn. */
export function moveTo(root: ParentNode, name: string): boolean {
  const found = [...root.querySelectorAll<HTMLElement>('.row')].find((row) => row.dataset['name'] === name);
  found?.focus();
  found?.scrollIntoView({ block: 'nearest' });
  return found !== undefined;
}
