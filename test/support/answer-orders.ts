import { createInterface } from 'node:readline';

/** Writes a line for the test that started this process. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Says that the process is ready, and answers each line that comes with one: the order, and what it gave as JSON. */
export async function answerOrders(orders: Readonly<Record<string, () => unknown>>): Promise<void> {
  say('ready null');
  for await (const order of createInterface({ input: process.stdin })) {
    say(`${order} ${JSON.stringify((await orders[order]?.()) ?? null)}`);
  }
}
