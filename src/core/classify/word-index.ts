const TABLE_SIZE = 1024;
const STEM_LENGTH = 4;
/** First character beyond the scripts whose words the index reads letter by letter. */
const EASTERN_FROM = 0x2e80;

/** Tells which of many entries can match a text, from the first letters of its words, in one pass over it. */
export interface WordIndex {
  /** One number per entry: 1 when the text holds one of its stems, else 0. Too many are possible, too few are not. */
  find(text: string): Uint8Array;
}

/**
 * Builds an index over `stemLists`: for each entry the stems (up to four first letters, in lower case) of words of which a
 * matching text holds at least one, separated by spaces. `eastern` stands for any character beyond the Western scripts.
 */
export function createWordIndex(stemLists: readonly string[], eastern: string): WordIndex {
  const table: (number[] | undefined)[] = Array.from({ length: TABLE_SIZE });
  const easternEntries: number[] = [];
  for (const [entry, stems] of stemLists.entries()) {
    for (const stem of stems.split(' ')) {
      if (stem === eastern) easternEntries.push(entry);
      else (table[hash(stem)] ??= []).push(entry);
    }
  }
  return {
    find(text) {
      const found = new Uint8Array(stemLists.length);
      let value = 0;
      let length = 0;
      let isEastern = false;
      for (let index = 0; index <= text.length; index++) {
        const code = index < text.length ? text.charCodeAt(index) : 0;
        if (code >= 97 && code <= 122) {
          if (length < STEM_LENGTH) value = value * 31 + code;
          length++;
        } else {
          if (length > 0) mark(found, table[value % TABLE_SIZE]);
          value = 0;
          length = 0;
          if (code >= EASTERN_FROM) isEastern = true;
        }
      }
      if (isEastern) mark(found, easternEntries);
      return found;
    },
  };
}

function hash(stem: string): number {
  let value = 0;
  for (let index = 0; index < Math.min(stem.length, STEM_LENGTH); index++) value = value * 31 + stem.charCodeAt(index);
  return value % TABLE_SIZE;
}

function mark(found: Uint8Array, entries: readonly number[] | undefined): void {
  if (entries !== undefined) for (const entry of entries) found[entry] = 1;
}
