import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { addressOf, fieldsFor, parseAddress, type RepositoryFields } from './repository-fields.ts';

// Writes where the repository is into package.json, and into the documents that name it, in this folder:
//   npm run set:repository -- https://github.com/owner/name
//   npm run set:repository -- https://gitlab.com/owner/name --bugs https://gitlab.com/owner/name/-/issues
// Can be called again with another address. Changes nothing where an address is not one.

/** What may name the repository beside package.json. */
const DOCUMENTS = ['README.md', 'CHANGELOG.md', 'llms.txt', 'docs/**/*.md', 'examples/**/*.md'];

function readFields(): { text: string; fields: RepositoryFields } {
  const text = readFileSync('package.json', 'utf8');
  return { text, fields: JSON.parse(text) as RepositoryFields };
}

try {
  const { values, positionals } = parseArgs({ options: { bugs: { type: 'string' } }, allowPositionals: true });
  const [given, ...more] = positionals;
  if (given === undefined || more.length > 0) {
    throw new Error('expected one address: npm run set:repository -- https://github.com/owner/name');
  }
  const address = parseAddress(given);
  const { text, fields: before } = readFields();
  const after = fieldsFor(address, values.bugs === undefined ? undefined : parseAddress(values.bugs));

  // Replaced in the text, so that the order and the form of package.json stay.
  let manifest = text;
  for (const [old, now] of [
    [before.homepage, after.homepage],
    [before.bugs.url, after.bugs.url],
    [before.repository.url, after.repository.url],
  ] as const) {
    manifest = manifest.replace(JSON.stringify(old), () => JSON.stringify(now));
  }
  writeFileSync('package.json', manifest);
  console.log(`package.json: ${address}`);

  const documents = DOCUMENTS.flatMap((pattern) => globSync(pattern)).filter(
    (path) => existsSync(path) && !path.includes('node_modules'),
  );
  for (const path of documents) {
    const old = readFileSync(path, 'utf8');
    const now = old.replaceAll(before.bugs.url, after.bugs.url).replaceAll(addressOf(before), address);
    if (now === old) continue;
    writeFileSync(path, now);
    console.log(path);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
