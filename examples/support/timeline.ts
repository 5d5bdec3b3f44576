import { styleText } from 'node:util';

type Colour = 'red' | 'yellow' | 'green' | 'cyan';

/** The kinds of lines, and their colours on a terminal. */
const marks = {
  answer: 'green',
  failed: 'red',
  down: 'yellow',
  up: 'green',
  reset: 'green',
  paused: 'yellow',
  resumed: 'green',
  refused: 'yellow',
  checked: 'cyan',
} as const satisfies Record<string, Colour>;

export type Mark = keyof typeof marks;

/** Where a timeline writes: a terminal gets colour and a spinner, anything else plain lines. */
export interface TimelineOutput {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** A readable list of what happened and when. */
export interface Timeline {
  title(text: string): void;
  /** Begins a numbered scene. */
  scene(text: string): void;
  say(text: string): void;
  /** One thing that happened at the demo's present time. */
  event(mark: Mark, text: string): void;
  /** Prints a claim that holds and throws for one that does not. */
  check(claim: string, holds: boolean): void;
  /** Waits with a spinner where there is a terminal. */
  during<T>(work: Promise<T>): Promise<T>;
}

export function createTimeline(now: () => number, output: TimelineOutput = process.stdout): Timeline {
  const lively = output.isTTY === true && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';
  let scenes = 0;
  let spinning = false;

  const paint = (style: Colour | 'bold' | 'dim', text: string): string =>
    lively ? styleText(style, text, { validateStream: false }) : text;
  const wipe = (): void => {
    if (spinning) output.write('\r   \r');
    spinning = false;
  };
  const write = (text: string): void => {
    wipe();
    output.write(`${text}\n`);
  };
  const row = (time: string, mark: Mark, text: string): void =>
    write(`  ${paint('dim', time.padEnd(8))}  ${paint(marks[mark], mark.padEnd(8))} ${text}`);

  return {
    title: (text) => write(paint('bold', text)),
    scene: (text) => write(`\n${paint('bold', `${++scenes}. ${text}`)}`),
    say: (text) => write(`  ${text}`),
    event: (mark, text) => row(clockTime(now()), mark, text),
    check(claim, holds) {
      if (!holds) throw new Error(`this did not happen: ${claim}`);
      row('', 'checked', claim);
    },
    async during(work) {
      if (!lively) return await work;
      const frames = ['|', '/', '-', '\\'];
      let frame = 0;
      const timer = setInterval(() => {
        spinning = true;
        output.write(`\r  ${frames[frame++ % frames.length]}`);
      }, 80);
      try {
        return await work;
      } finally {
        clearInterval(timer);
        wipe();
      }
    },
  };
}

/** `10:15:00`, from epoch milliseconds. */
export function clockTime(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}
