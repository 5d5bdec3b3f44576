/** True for names that the path of an address cannot hold: a browser resolves them before it asks. */
export function isDotName(name: string): boolean {
  return name === '.' || name === '..';
}
