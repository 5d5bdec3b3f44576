import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { classifyError } from 'tierfall';
import { inFreshProcesses, report } from './figures.ts';

/**
 * What a verdict costs beside making the error it judges, and the size of the classifier. `npm run bench:classify`.
 * Exits 1 when a figure misses its bar.
 */

const sentence =
  'You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.';
const prose =
  'The request could not be completed because something happened along the way and nobody told us what. '.repeat(8);
const text = prose.slice(0, 500);
const rounds = 300;

/**
 * Ratio of two ways of spending time, run in turns: the quickest round of each, so that what else the machine does
 * meanwhile counts for neither.
 */
function ratio(ours: () => unknown, theirs: () => unknown, calls = 200): number {
  const time = (run: () => unknown): number => {
    const start = process.hrtime.bigint();
    for (let call = 0; call < calls; call++) run();
    return Number(process.hrtime.bigint() - start);
  };
  let [best, floor] = [Infinity, Infinity];
  for (let round = 0; round < rounds; round++) {
    best = Math.min(best, time(ours));
    floor = Math.min(floor, time(theirs));
  }
  return best / floor;
}

/** Errors are made some calls deep, as they are in a program. */
function atDepth(depth: number, call: () => unknown): unknown {
  return depth === 0 ? call() : atDepth(depth - 1, call);
}

const make = (message: string) => () => atDepth(10, () => new Error(message).stack);
const coded = Object.assign(new Error(`429 ${sentence}`), {
  status: 429,
  headers: new Headers({ 'retry-after': '5', 'content-type': 'application/json', 'x-request-id': 'req_test' }),
  error: { message: sentence, type: 'insufficient_quota', code: 'insufficient_quota' },
  code: 'insufficient_quota',
  type: 'insufficient_quota',
});
const status = Object.assign(new Error('500 status code (no body)'), { status: 500, headers: new Headers() });
const short = new Error(text);
const long = new Error(prose.repeat(1300).slice(0, 2 ** 20));

const judge = (error: unknown) => () => classifyError(error);
const made = 'x new Error(message) with its stack';

/** Ratios of time, by name. */
const ratios: Record<string, { bar: number; unit: string; measure: () => number }> = {
  'a specific code': { bar: 0.5, unit: made, measure: () => ratio(judge(coded), make(sentence)) },
  'a telling status': { bar: 0.5, unit: made, measure: () => ratio(judge(status), make(sentence)) },
  'text only, 500 bytes': { bar: 1, unit: made, measure: () => ratio(judge(short), make(text)) },
  '1 MB of text': { bar: 10, unit: 'x 500 bytes', measure: () => ratio(judge(long), judge(short), 50) },
};

async function size(): Promise<number> {
  const bundle = await build({
    entryPoints: [new URL('../../src/core/classify/classify-error.ts', import.meta.url).pathname],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2023',
    charset: 'utf8',
  });
  return gzipSync(bundle.outputFiles[0]?.contents ?? '', { level: 9 }).length;
}

const asked = process.argv[2];
if (asked === undefined) {
  const figures = Object.entries(ratios).map(([name, { bar, unit }]) => ({
    name,
    value: inFreshProcesses(import.meta.url, name),
    bar,
    unit,
  }));
  const name = 'classifyError alone, minified and gzipped';
  figures.push({ name, value: await size(), bar: 16_384, unit: 'bytes' });
  process.exitCode = report(figures) ? 0 : 1;
} else {
  console.log(ratios[asked]!.measure());
}
