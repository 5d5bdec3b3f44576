import { readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { renderHandOvers, renderVerdicts } from '../../support/sdk-docs.ts';

const page = new URL('../../../docs/sdks.md', import.meta.url);
const example = new URL('./with-failover.test.ts', import.meta.url);

test('docs/sdks.md shows what this suite holds', async () => {
  const sections = {
    example: `\`\`\`ts\n${regionOf(await readFile(example, 'utf8'), 'hand-over')}\n\`\`\``,
    'hand-over': renderHandOvers(),
    verdicts: renderVerdicts(),
  };
  const text = await readFile(page, 'utf8');
  const fresh = Object.entries(sections).reduce((whole, [name, table]) => withSection(whole, name, table), text);
  // With SDK_RECORD=1, as for the recordings, the page is brought up to date instead.
  if (process.env['SDK_RECORD'] === '1') await writeFile(page, fresh);
  expect(await readFile(page, 'utf8')).toBe(fresh);
});

function withSection(text: string, name: string, content: string): string {
  const [open, close] = [`<!-- ${name}: generated -->`, `<!-- ${name}: end -->`];
  const [start, end] = [text.indexOf(open), text.indexOf(close)];
  if (start === -1 || end < start) throw new Error(`docs/sdks.md lacks the marks ${open} and ${close}`);
  return `${text.slice(0, start)}${open}\n\n${content}\n\n${text.slice(end)}`;
}

/** The lines of a `#region` of a source file, moved to the left. */
function regionOf(source: string, name: string): string {
  const lines = source.split('\n');
  const start = lines.findIndex((line) => line.trim() === `// #region ${name}`);
  const end = lines.findIndex((line, index) => index > start && line.trim() === '// #endregion');
  if (start === -1 || end === -1) throw new Error(`no region ${name}`);
  const indent = lines[start]?.search(/\S/u) ?? 0;
  return lines
    .slice(start + 1, end)
    .map((line) => line.slice(indent))
    .join('\n');
}
