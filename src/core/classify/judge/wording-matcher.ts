import { EASTERN_FROM, MAX_HEAD, MAX_TAIL, REACH } from '../limits.js';

/** The key of a sentence's end: no word has it. */
const SENTENCE_END = 0;

/** A word is a prefix; one of three letters or fewer is whole, plural or not. */
interface Word {
  text: string;
  isWhole: boolean;
}
/** Words that follow each other. */
type Phrase = readonly Word[];
/** Phrases by the key of their first word. */
type PhraseSet = ReadonlyMap<number, readonly Phrase[]>;

interface Clause {
  rule: number;
  phrase: Phrase;
  /** Sets of which one phrase each must stand near (`+`), near and behind (`>`), or not near (`-`). */
  near: readonly { sign: string; phrases: PhraseSet }[];
}

/** What is looked for: see `createWordingMatcher`. */
export interface Wording {
  words: RegExp | string;
}

export interface WordingMatch<Rule> {
  /** The first rule that matches. */
  rule: Rule;
  matched: string;
}

/*
 * The words of the text that is read just now, in memory made once: a text has no more characters than this. A
 * sentence's end is a word of no length.
 */
const SIZE = MAX_HEAD + MAX_TAIL + 8;
const starts = new Uint16Array(SIZE);
const ends = new Uint16Array(SIZE);
const keys = new Int32Array(SIZE);
let text = '';
let count = 0;

/**
 * Finds the first of many wordings in a text, in one pass over its words. A wording is a pattern, tried on texts in Eastern
 * scripts and, where it begins with `^`, on all; or clauses separated by `; `, one of which must match. A clause is a set
 * of words, of which one must stand in the text, then `+ words` (one of these near it) or `> words` (near and behind),
 * then `- words` (none of these near). Words are prefixes; `_` joins words that follow each other, `$` ends a word.
 * Nearness ends with the sentence.
 */
export function createWordingMatcher<Rule extends Wording>(
  rules: readonly Rule[],
): (plain: string) => WordingMatch<Rule> | undefined {
  const table = new Map<number, Clause[]>();
  const patterns: { rule: number; pattern: RegExp; isForAll: boolean }[] = [];
  for (const [rule, { words }] of rules.entries()) {
    if (typeof words !== 'string') {
      patterns.push({ rule, pattern: words, isForAll: words.source[0] === '^' });
      continue;
    }
    for (const source of words.split('; ')) {
      const [anchors = '', ...rest] = source.split(/ (?=[-+>] )/);
      const near = rest.map((set) => ({ sign: set[0] as string, phrases: toPhrases(set.slice(2)) }));
      for (const [key, phrases] of toPhrases(anchors)) {
        for (const phrase of phrases) push(table, key, { rule, phrase, near });
      }
    }
  }
  return (plain) => {
    const isEastern = splitWords(plain);
    let best = rules.length;
    let matched: string | undefined;
    for (let at = 0; at < count; at++) {
      const clauses = table.get(keys[at] as number);
      if (!clauses) continue;
      for (const clause of clauses) {
        if (clause.rule >= best) break;
        const found = matchClause(clause, at);
        if (found) [best, matched] = [clause.rule, found];
      }
    }
    for (const { rule, pattern, isForAll } of patterns) {
      if (rule >= best) break;
      const match = isEastern || isForAll ? pattern.exec(plain) : null;
      if (match) [best, matched] = [rule, match[0]];
    }
    return matched ? { rule: rules[best] as Rule, matched } : undefined;
  };
}

function push<Value>(lists: Map<number, Value[]>, key: number, value: Value): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

function toPhrases(set: string): PhraseSet {
  const phrases = new Map<number, Phrase[]>();
  for (const source of set.split(' ')) {
    const phrase = source.split('_').map((word) => ({ text: word.replace('$', ''), isWhole: word.endsWith('$') }));
    const first = (phrase[0] as Word).text;
    push(phrases, keyOf(first), phrase);
    if (first.length <= 3) push(phrases, keyOf(`${first}s`), phrase);
  }
  return phrases;
}

/** A number for the first four letters: what phrases are looked up by. */
function keyOf(word: string): number {
  let key = 0;
  for (let index = 0; index < 4 && index < word.length; index++) key = key * 37 + word.charCodeAt(index);
  return key;
}

/** Fills the words from a text; whether it holds Eastern script. */
function splitWords(plain: string): boolean {
  text = `${plain.slice(0, SIZE - 3)}\n`;
  count = 0;
  let isEastern = false;
  let start = 0;
  let key = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if ((code >= 97 && code <= 122) || (code >= 48 && code <= 57)) {
      if (index - start < 4) key = key * 37 + code;
      continue;
    }
    if (index > start) addWord(start, index, key);
    start = index + 1;
    key = 0;
    if (code >= EASTERN_FROM) isEastern = true;
    else if (code !== 32 && isSentenceEnd(index)) addWord(index, index, SENTENCE_END);
  }
  return isEastern;
}

function addWord(start: number, end: number, key: number): void {
  starts[count] = start;
  ends[count] = end;
  keys[count++] = key;
}

/** `.`, `!`, `?` and `;` before a space, and line ends. A dot inside a name or number ends nothing. */
function isSentenceEnd(index: number): boolean {
  const mark = text[index] as string;
  return mark === '\n' || ('.!?;'.includes(mark) && ' \n'.includes(text[index + 1] as string));
}

function matchClause({ phrase, near }: Clause, at: number): string | undefined {
  if (!matchPhrase(phrase, at)) return undefined;
  let from = at;
  let to = at + phrase.length - 1;
  for (const { sign, phrases } of near) {
    const found = findNear(phrases, at, sign === '-' ? at : to, sign);
    if (found < 0 !== (sign === '-')) return undefined;
    if (found < 0) continue;
    from = Math.min(from, found);
    to = Math.max(to, found);
  }
  return text.slice(starts[from], ends[to]);
}

/** Where the nearest of `phrases` stands behind `to` (or, unless `sign` is `>`, before `at`), inside the sentence; else -1. A text ends with a sentence. */
function findNear(phrases: PhraseSet, at: number, to: number, sign: string): number {
  for (let index = to + 1; index <= to + REACH && keys[index] !== SENTENCE_END; index++) {
    if (matchAny(phrases, index)) return index;
  }
  for (let index = at - 1; sign !== '>' && index >= 0 && index >= at - REACH && keys[index] !== SENTENCE_END; index--) {
    if (matchAny(phrases, index)) return index;
  }
  return -1;
}

function matchAny(phrases: PhraseSet, at: number): boolean {
  const candidates = phrases.get(keys[at] as number);
  return candidates?.some((phrase) => matchPhrase(phrase, at)) ?? false;
}

function matchPhrase(phrase: Phrase, at: number): boolean {
  return phrase.every((word, index) => matchWord(word, at + index));
}

function matchWord(word: Word, at: number): boolean {
  const start = starts[at] as number;
  const more = (ends[at] as number) - start - word.text.length;
  if (more < 0 || !text.startsWith(word.text, start)) return false;
  return !more || (!word.isWhole && (word.text.length > 3 || (more === 1 && text[start + word.text.length] === 's')));
}
