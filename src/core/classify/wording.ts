/** Words looked at on each side of the first one for those that must stand near it. */
const REACH = 8;
/** The key of a sentence's end: no word has it. */
const SENTENCE_END = 0;
/** First character beyond the scripts whose words are read letter by letter. */
const EASTERN_FROM = 0x2e80;

/** A run of adjacent words, each a prefix (of three letters or fewer: the whole word, plural or not). */
type Phrase = readonly string[];
/** Phrases by the key of their first word. */
type PhraseSet = ReadonlyMap<number, readonly Phrase[]>;

interface Clause {
  rule: number;
  phrase: Phrase;
  /** Sets of which one phrase each must stand near, `after` only behind. */
  near: readonly { phrases: PhraseSet; after: boolean }[];
  /** Phrases that must not stand near. */
  without: PhraseSet | undefined;
}

interface Words {
  text: string;
  /** How many there are; a sentence's end is a word of no length. */
  count: number;
  starts: Int32Array;
  ends: Int32Array;
  keys: Int32Array;
  isEastern: boolean;
}

/** What a wording is found by. */
export interface Wording {
  /**
   * Clauses separated by `; `, one of which must match. A clause is a set of words, of which one must stand in the text,
   * then `+ words` (one of these near it) or `> words` (near and behind), then `- words` (none of these near). Words are
   * prefixes; `_` joins words that follow each other, `$` ends a word. Nearness ends with the sentence.
   */
  words?: string;
  /** For what words cannot say. Tried on texts in Eastern scripts, and on all where there are no `words`. */
  pattern?: RegExp;
}

export interface WordingMatch {
  /** Index of the first wording that matches. */
  index: number;
  matched: string;
}

/** Finds the first of many wordings in a text, in one pass over its words. */
export function createWordingMatcher(wordings: readonly Wording[]): (text: string) => WordingMatch | undefined {
  const table = new Map<number, Clause[]>();
  const patterns: { index: number; pattern: RegExp }[] = [];
  for (const [index, { words, pattern }] of wordings.entries()) {
    if (pattern !== undefined) patterns.push({ index, pattern });
    if (words === undefined) continue;
    for (const clause of words.split('; ')) addClause(table, index, clause);
  }
  return (text) => {
    const words = splitWords(text);
    let best: WordingMatch | undefined;
    for (let at = 0; at < words.count; at++) {
      const clauses = table.get(words.keys[at] as number);
      if (clauses === undefined) continue;
      for (const clause of clauses) {
        if (best !== undefined && clause.rule >= best.index) break;
        const matched = matchClause(clause, words, at);
        if (matched !== undefined) best = { index: clause.rule, matched };
      }
    }
    for (const { index, pattern } of patterns) {
      if (best !== undefined && index >= best.index) break;
      if (!words.isEastern && wordings[index]?.words === undefined) continue;
      const match = pattern.exec(text);
      if (match !== null) best = { index, matched: match[0] };
    }
    return best;
  };
}

function addClause(table: Map<number, Clause[]>, rule: number, source: string): void {
  const [positive = '', negative] = source.split(' - ');
  const [anchors = '', ...rest] = positive.split(/ (?=[+>] )/);
  const near = rest.map((set) => ({ phrases: toPhrases(set.slice(2)), after: set[0] === '>' }));
  const without = negative === undefined ? undefined : toPhrases(negative);
  for (const [key, phrases] of toPhrases(anchors)) {
    const clauses = table.get(key) ?? [];
    table.set(key, clauses);
    for (const phrase of phrases) clauses.push({ rule, phrase, near, without });
  }
}

function toPhrases(set: string): PhraseSet {
  const phrases = new Map<number, Phrase[]>();
  for (const source of set.split(' ')) {
    const phrase = source.split('_');
    const first = phrase[0] as string;
    for (const key of new Set([keyOf(first), first.length > 3 ? keyOf(first) : keyOf(`${first}s`)])) {
      phrases.set(key, [...(phrases.get(key) ?? []), phrase]);
    }
  }
  return phrases;
}

function keyOf(word: string): number {
  let key = 0;
  for (let index = 0; index < 4 && index < word.length && word[index] !== '$'; index++)
    key = key * 37 + word.charCodeAt(index);
  return key;
}

function splitWords(text: string): Words {
  const size = text.length + 2;
  const words: Words = {
    text,
    count: 0,
    starts: new Int32Array(size),
    ends: new Int32Array(size),
    keys: new Int32Array(size),
    isEastern: false,
  };
  let start = -1;
  let key = 0;
  for (let index = 0; index <= text.length; index++) {
    const code = index < text.length ? text.charCodeAt(index) : 10;
    if ((code >= 97 && code <= 122) || (code >= 48 && code <= 57)) {
      if (start === -1) start = index;
      if (index - start < 4) key = key * 37 + code;
      continue;
    }
    if (start !== -1) {
      words.starts[words.count] = start;
      words.ends[words.count] = index;
      words.keys[words.count++] = key;
      start = -1;
      key = 0;
    }
    if (code >= EASTERN_FROM) words.isEastern = true;
    else if (isSentenceEnd(code, text, index)) {
      words.starts[words.count] = index;
      words.ends[words.count] = index;
      words.keys[words.count++] = SENTENCE_END;
    }
  }
  return words;
}

/** `.`, `!`, `?` and `;` before a space, and line ends. A dot inside a name or number ends nothing. */
function isSentenceEnd(code: number, text: string, index: number): boolean {
  if (code === 10) return true;
  if (code !== 46 && code !== 33 && code !== 63 && code !== 59) return false;
  const next = text.charCodeAt(index + 1);
  return next === 32 || next === 10;
}

function matchClause(clause: Clause, words: Words, at: number): string | undefined {
  if (!matchPhrase(clause.phrase, words, at)) return undefined;
  let from = at;
  let to = at + clause.phrase.length - 1;
  for (const { phrases, after } of clause.near) {
    const found = findNear(phrases, words, at, to, after);
    if (found === -1) return undefined;
    from = Math.min(from, found);
    to = Math.max(to, found);
  }
  if (clause.without !== undefined && findNear(clause.without, words, at, at, false) !== -1) return undefined;
  return words.text.slice(words.starts[from], words.ends[to]);
}

/** Where the nearest of `phrases` stands behind `to` (or, unless `after`, before `at`), inside the sentence; else -1. */
function findNear(phrases: PhraseSet, words: Words, at: number, to: number, after: boolean): number {
  const { keys } = words;
  for (let index = to + 1; index <= to + REACH && index < words.count && keys[index] !== SENTENCE_END; index++) {
    if (matchAny(phrases, words, index)) return index;
  }
  for (let index = at - 1; !after && index >= 0 && index >= at - REACH && keys[index] !== SENTENCE_END; index--) {
    if (matchAny(phrases, words, index)) return index;
  }
  return -1;
}

function matchAny(phrases: PhraseSet, words: Words, at: number): boolean {
  const candidates = phrases.get(words.keys[at] as number);
  return candidates !== undefined && candidates.some((phrase) => matchPhrase(phrase, words, at));
}

function matchPhrase(phrase: Phrase, words: Words, at: number): boolean {
  for (let index = 0; index < phrase.length; index++)
    if (!matchWord(phrase[index] as string, words, at + index)) return false;
  return true;
}

function matchWord(word: string, words: Words, at: number): boolean {
  if (at >= words.count) return false;
  const start = words.starts[at] as number;
  const length = (words.ends[at] as number) - start;
  if (word.endsWith('$')) return length === word.length - 1 && words.text.startsWith(word.slice(0, -1), start);
  if (length < word.length || !words.text.startsWith(word, start)) return false;
  return (
    word.length > 3 || length === word.length || (length === word.length + 1 && words.text[start + word.length] === 's')
  );
}
