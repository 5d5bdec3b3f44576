import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAst } from 'vitest/node';
import type { Manifest } from '../support/packed-package.js';

export interface PublicName {
  readonly name: string;
  /** `type` where nothing of it exists at run time. */
  readonly kind: 'type' | 'value';
}

/** What an entry's declarations export, sorted by name. Throws for an `export *`, which would hide names. */
export async function readPublicNames(installed: string, manifest: Manifest, entry: string): Promise<PublicName[]> {
  const subpath = entry === manifest.name ? '.' : `.${entry.slice(manifest.name.length)}`;
  const target = manifest.exports[subpath];
  const types = typeof target === 'object' ? target['types'] : undefined;
  if (types === undefined) throw new Error(`exports["${subpath}"] names no types`);
  const names = exportedNames(await readFile(join(installed, types), 'utf8'));
  return names.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

function exportedNames(declarations: string): PublicName[] {
  return parseAst(declarations, { lang: 'dts' }).body.flatMap((statement): PublicName[] => {
    if (statement.type === 'ExportAllDeclaration') throw new Error('export * hides what it exports');
    if (statement.type !== 'ExportNamedDeclaration') return [];
    const { declaration, exportKind, specifiers } = statement;
    if (declaration === null) {
      return specifiers.map((specifier) => ({
        name: 'name' in specifier.exported ? specifier.exported.name : specifier.exported.value,
        kind: exportKind === 'type' || specifier.exportKind === 'type' ? 'type' : 'value',
      }));
    }
    if (declaration.type === 'VariableDeclaration') {
      return declaration.declarations.map(({ id }) => ({ name: 'name' in id ? id.name : '', kind: 'value' }));
    }
    const name = 'id' in declaration && declaration.id !== null && 'name' in declaration.id ? declaration.id.name : '';
    const isType = declaration.type === 'TSInterfaceDeclaration' || declaration.type === 'TSTypeAliasDeclaration';
    return [{ name, kind: isType ? 'type' : 'value' }];
  });
}
