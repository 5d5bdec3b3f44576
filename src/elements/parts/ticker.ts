const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function run(): void {
  const wanted = listeners.size > 0 && !document.hidden;
  if (wanted && timer === undefined) {
    timer = setInterval(() => {
      for (const listener of listeners) listener();
    }, 1000);
  } else if (!wanted && timer !== undefined) {
    clearInterval(timer);
    timer = undefined;
  }
}

/** Calls back each second while the tab is seen: one timer for the whole page. Returns a function that stops it. */
export function everySecond(listener: () => void): () => void {
  if (listeners.size === 0) document.addEventListener('visibilitychange', run);
  listeners.add(listener);
  run();
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) document.removeEventListener('visibilitychange', run);
    run();
  };
}
