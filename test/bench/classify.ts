import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { classifyError } from 'tierfall';

/** Prints what a verdict costs beside making the error it judges, and the size of the classifier. */

const sentence =
  'You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.';
const prose =
  'The request could not be completed because something happened along the way and nobody told us what. '.repeat(8);
const text = prose.slice(0, 500);

/** Nanoseconds a call, best of several rounds. */
function measure(call: () => unknown): number {
  for (let count = 0; count < 5000; count++) call();
  let best = Infinity;
  for (let round = 0; round < 15; round++) {
    const start = performance.now();
    for (let count = 0; count < 2000; count++) call();
    best = Math.min(best, ((performance.now() - start) / 2000) * 1e6);
  }
  return best;
}

function atDepth(depth: number, call: () => unknown): unknown {
  return depth === 0 ? call() : atDepth(depth - 1, call);
}

const make = measure(() => atDepth(10, () => new Error(sentence).stack));
const makeText = measure(() => atDepth(10, () => new Error(text).stack));
const coded = Object.assign(new Error(`429 ${sentence}`), {
  status: 429,
  headers: new Headers({ 'retry-after': '5' }),
  error: { message: sentence, type: 'insufficient_quota', code: 'insufficient_quota' },
  code: 'insufficient_quota',
  type: 'insufficient_quota',
});
const status = Object.assign(new Error('500 status code (no body)'), { status: 500, headers: new Headers() });
const short = new Error(text);
const long = new Error(prose.repeat(1300).slice(0, 2 ** 20));

const shortCost = measure(() => classifyError(short));
const rows: [string, number, number][] = [
  ['specific code', measure(() => classifyError(coded)) / make, 0.5],
  ['telling status', measure(() => classifyError(status)) / make, 0.5],
  ['text only, 500 bytes', shortCost / makeText, 1],
  ['1 MB text beside 500 bytes', measure(() => classifyError(long)) / shortCost, 10],
];
console.log(`new Error(message) with its stack: ${make.toFixed(0)} ns`);
for (const [name, found, limit] of rows) {
  console.log(`${name.padEnd(28)} ${found.toFixed(2)} x (limit ${limit})${found <= limit ? '' : '  OVER'}`);
}

const bundle = await build({
  entryPoints: [new URL('../../src/core/classify/classify-error.ts', import.meta.url).pathname],
  bundle: true,
  minify: true,
  write: false,
  format: 'esm',
  target: 'es2023',
  charset: 'utf8',
});
const bytes = bundle.outputFiles[0]?.contents ?? new Uint8Array();
console.log(`classifyError alone, minified: ${bytes.length} bytes, ${gzipSync(bytes, { level: 9 }).length} gzip`);
