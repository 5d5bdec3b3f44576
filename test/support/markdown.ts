/** A page without its code, which may contain what only looks like a link. */
export function withoutCode(text: string): string {
  return text.replaceAll(/^```.*?^```/gmsu, '').replaceAll(/`[^`\n]*`/gu, '');
}

/** Targets of a page's relative links, e.g. `configuration.md#policy`. */
export function relativeLinks(text: string): string[] {
  return [...withoutCode(text).matchAll(/\]\((?!https?:)([^)\s]+)\)/gu)].map(([, link]) => link!);
}
