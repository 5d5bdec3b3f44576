import { parseAst } from 'vitest/node';

/** One import of a module, however it is written. */
export interface ModuleImport {
  /** As written, e.g. `../core/kinds.js`; `undefined` where it is computed. */
  readonly specifier: string | undefined;
  /** True when nothing of it is left at run time. */
  readonly typeOnly: boolean;
}

const withSource = new Set([
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
  'TSImportType',
]);

/** Every import in a TypeScript source: static, re-exported, dynamic, and `import('…')` in a type. */
export function readImports(source: string): ModuleImport[] {
  const found: ModuleImport[] = [];
  visit(parseAst(source, { lang: 'ts' }), found);
  return found;
}

function visit(node: unknown, found: ModuleImport[]): void {
  if (Array.isArray(node)) for (const child of node) visit(child, found);
  if (!isRecord(node) || Array.isArray(node)) return;
  const { type } = node;
  const names = typeof type === 'string' && withSource.has(type);
  // An export without a source exports what is declared here.
  if (names && !(type === 'ExportNamedDeclaration' && !isRecord(node['source']))) {
    found.push({ specifier: sourceOf(node), typeOnly: isTypeOnly(node) });
  }
  for (const child of Object.values(node)) if (isRecord(child)) visit(child, found);
}

function sourceOf(node: Record<string, unknown>): string | undefined {
  const { source } = node;
  return isRecord(source) && typeof source['value'] === 'string' ? source['value'] : undefined;
}

function isTypeOnly(node: Record<string, unknown>): boolean {
  if (node['type'] === 'TSImportType') return true;
  if (node['importKind'] === 'type' || node['exportKind'] === 'type') return true;
  const { specifiers } = node;
  if (!Array.isArray(specifiers) || specifiers.length === 0) return false;
  return specifiers.every(
    (specifier) => isRecord(specifier) && (specifier['importKind'] === 'type' || specifier['exportKind'] === 'type'),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
