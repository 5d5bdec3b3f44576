import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { isPlaceholder, type RepositoryFields } from './repository-fields.ts';

// What has to be said before this folder may be published: `npm run check:release`. npm runs it before it publishes from
// a folder. Prints what is missing and exits with 1.

const read = (path: string) => readFileSync(path, 'utf8');
const manifest: RepositoryFields & { version: string } = JSON.parse(read('package.json'));
const lockfile: { version: string; packages: Record<string, { version?: string }> } = JSON.parse(
  read('package-lock.json'),
);
const { version } = manifest;
const missing: string[] = [];

if (isPlaceholder(manifest)) {
  missing.push('package.json does not say where the repository is: npm run set:repository -- https://…');
}
if (lockfile.version !== version || lockfile.packages['']?.version !== version) {
  missing.push(
    `package-lock.json is of ${lockfile.version}, package.json of ${version}: npm install --package-lock-only`,
  );
}
const [heading = ''] = /^## .*$/mu.exec(read('CHANGELOG.md')) ?? [];
if (!new RegExp(`^## ${version.replaceAll('.', '\\.')} \\(\\d{4}-\\d\\d-\\d\\d\\)$`, 'u').test(heading)) {
  missing.push(`CHANGELOG.md begins with "${heading}", not with "## ${version} (year-month-day)"`);
}
const changed = execFileSync('git', ['status', '--porcelain'], { encoding: 'utf8' });
if (changed !== '') missing.push(`what is not committed would be published, too:\n${changed.trimEnd()}`);

for (const line of missing) console.error(line);
if (missing.length > 0) process.exitCode = 1;
else console.log(`${version} may be published`);
