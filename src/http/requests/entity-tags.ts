/**
 * Does a list of entity tags, as `If-Match` and `If-None-Match` send it, name this one? Weak tags count as the same:
 * proxies that compress make tags weak.
 */
export function namesTag(header: string, etag: string): boolean {
  if (header.trim() === '*') return true;
  return header.split(',').some((each) => opaque(each.trim()) === opaque(etag));
}

function opaque(tag: string): string {
  return tag.replace(/^W\//u, '');
}
