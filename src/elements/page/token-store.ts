const TOKEN = 'tierfall-token';
const THEME = 'tierfall-theme';

/** The token, kept for this tab only. A browser that keeps nothing asks again. */
export const tokenStore = {
  read: (): string => attempt(() => sessionStorage.getItem(TOKEN)) ?? '',
  write(token: string): void {
    attempt(() => (token === '' ? sessionStorage.removeItem(TOKEN) : sessionStorage.setItem(TOKEN, token)));
  },
};

/** Light, dark or as the system has it: no secret, so it stays in the browser. */
export const themeStore = {
  read: (): string => attempt(() => localStorage.getItem(THEME)) ?? '',
  write(theme: string): void {
    attempt(() => localStorage.setItem(THEME, theme));
  },
};

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
