/** Which file a path leads to; `undefined` for none, as with `:memory:`. */
export type FileIdentity = string | undefined;

export function fileAt(path: string): FileIdentity {
  // Not by an import: a bundle for a runtime without files, which takes this along for the checks, could not be loaded.
  const { statSync } = process.getBuiltinModule('node:fs');
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats && `${stats.dev}:${stats.ino}`;
}

/** False when the file was deleted, or another one stands in its place. */
export function isSameFile(path: string, file: FileIdentity): boolean {
  return file === undefined || fileAt(path) === file;
}
