import { anyOf } from '../../patterns.js';
import { EASTERN_FROM, MAX_HEAD, MAX_TAIL, REACH } from '../limits.js';
import type { Rule, Says } from '../rules/rule.js';

/** A word of a phrase: it also finds longer words that begin with it, unless it is whole. */
interface Word {
  text: string;
  isWhole: boolean;
}
/** Words that follow each other. */
type Phrase = readonly Word[];
/** Phrases, by the key of their first word. */
type PhraseSet = ReadonlyMap<number, readonly Phrase[]>;

/** One `Says` of a rule, seen from one phrase of its `any`. */
interface Clause {
  rank: number;
  phrase: Phrase;
  behind: PhraseSet | undefined;
  near: readonly PhraseSet[];
  without: PhraseSet | undefined;
}

/** A text cut into words, and where its sentences end. Lists run in parallel, which is what makes reading cheap. */
interface Words {
  text: string;
  /** Where each word begins, and where it ends; a sentence's end is a word of no length. */
  starts: number[];
  ends: number[];
  /** `keyOf` each word, `SENTENCE_END` for the end of a sentence. */
  keys: number[];
  /** Holds characters of a script that puts no spaces between words. */
  isEastern: boolean;
}

export interface WordingMatch<Found> {
  /** The first rule that matches. */
  rule: Found;
  matched: string;
}

/** The key of a sentence's end: no word has it. */
const SENTENCE_END = 0;

/** Longest text that is read. */
const MAX_TEXT = MAX_HEAD + MAX_TAIL + 8;

/** Finds the first of many rules, in their order, whose wording a text says: in one pass over its words. */
export function createWordingMatcher<Found extends Rule>(
  rules: readonly Found[],
): (plain: string) => WordingMatch<Found> | undefined {
  const clauses = new Map<number, readonly Clause[]>();
  const patterns: { rank: number; pattern: RegExp; isForAll: boolean }[] = [];
  for (const [rank, { says = [], whole = [], eastern = [] }] of rules.entries()) {
    for (const one of says) addClauses(clauses, rank, one);
    for (const pattern of whole) patterns.push({ rank, pattern, isForAll: true });
    if (eastern.length) patterns.push({ rank, pattern: anyOf(eastern), isForAll: false });
  }
  return (plain) => {
    const words = toWords(plain);
    let best = rules.length;
    let matched: string | undefined;
    const { keys } = words;
    for (let at = 0; at < keys.length; at++) {
      for (const clause of clauses.get(keys[at] as number) ?? []) {
        if (clause.rank >= best) break;
        const found = matchClause(clause, words, at);
        if (found) [best, matched] = [clause.rank, found];
      }
    }
    for (const { rank, pattern, isForAll } of patterns) {
      if (rank >= best) break;
      const match = words.isEastern || isForAll ? pattern.exec(plain) : null;
      if (match) [best, matched] = [rank, match[0]];
    }
    return matched ? { rule: rules[best] as Found, matched } : undefined;
  };
}

function put<Item>(map: Map<number, readonly Item[]>, key: number, item: Item): void {
  map.set(key, [...(map.get(key) ?? []), item]);
}

function addClauses(clauses: Map<number, readonly Clause[]>, rank: number, says: Says): void {
  const behind = says.behind && toSet(says.behind);
  const near = [says.near, says.also].flatMap((phrases) => (phrases ? [toSet(phrases)] : []));
  const without = says.without && toSet(says.without);
  for (const [key, phrase] of toPhrases(says.any)) put(clauses, key, { rank, phrase, behind, near, without });
}

function toSet(written: readonly string[]): PhraseSet {
  const phrases = new Map<number, readonly Phrase[]>();
  for (const [key, phrase] of toPhrases(written)) put(phrases, key, phrase);
  return phrases;
}

/** With the key of the first word; where that may have a plural `s` the phrase is there with both keys. */
function toPhrases(written: readonly string[]): [key: number, phrase: Phrase][] {
  return written.flatMap((source) => {
    const phrase = source.split(' ').map((word) => ({ text: word.replace('$', ''), isWhole: word.endsWith('$') }));
    const { text } = phrase[0] as Word;
    return (text.length > 3 ? [text] : [text, `${text}s`]).map((word): [number, Phrase] => [keyOf(word), phrase]);
  });
}

/** A number for the first four letters: what phrases are looked up by. */
function keyOf(word: string): number {
  let key = 0;
  for (let index = 0; index < 4 && index < word.length; index++) key = key * 37 + word.charCodeAt(index);
  return key;
}

function toWords(plain: string): Words {
  const text = plain.slice(0, MAX_TEXT);
  const words: Words = { text, starts: [], ends: [], keys: [], isEastern: false };
  for (let index = 0; index < text.length; ) {
    const start = index;
    let code = text.charCodeAt(index);
    let key = 0;
    while (isOfWord(code)) {
      if (index - start < 4) key = key * 37 + code;
      code = ++index < text.length ? text.charCodeAt(index) : 32;
    }
    if (index > start) addWord(words, start, index, key);
    if (code >= EASTERN_FROM) words.isEastern = true;
    else if (code !== 32 && isSentenceEnd(text, index)) addWord(words, index, index, SENTENCE_END);
    index++;
  }
  return words;
}

function isOfWord(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 48 && code <= 57);
}

function addWord({ starts, ends, keys }: Words, start: number, end: number, key: number): void {
  starts.push(start);
  ends.push(end);
  keys.push(key);
}

/** `.`, `!`, `?` and `;` before a space, and line ends. A dot inside a name or number ends nothing. */
function isSentenceEnd(text: string, index: number): boolean {
  const mark = text[index] as string;
  return mark === '\n' || ('.!?;'.includes(mark) && ' \n'.includes(text[index + 1] as string));
}

/** The words from the first to the last that made the clause match. */
function matchClause({ phrase, behind, near, without }: Clause, words: Words, at: number): string | undefined {
  if (!matchPhrase(phrase, words, at)) return undefined;
  let from = at;
  let to = at + phrase.length - 1;
  if (behind) {
    to = findBehind(behind, words, to);
    if (to < 0) return undefined;
  }
  for (const phrases of near) {
    const found = findNear(phrases, words, at, to);
    if (found < 0) return undefined;
    from = Math.min(from, found);
    to = Math.max(to, found);
  }
  if (without && findNear(without, words, at, at) >= 0) return undefined;
  return words.text.slice(words.starts[from], words.ends[to]);
}

/** Where the nearest of `phrases` stands behind `to` or else in front of `at`, inside the sentence; else -1. */
function findNear(phrases: PhraseSet, words: Words, at: number, to: number): number {
  const found = findBehind(phrases, words, to);
  if (found >= 0) return found;
  for (let index = at - 1; index >= 0 && index >= at - REACH && words.keys[index] !== SENTENCE_END; index--) {
    if (matchAny(phrases, words, index)) return index;
  }
  return -1;
}

/** Where the nearest of `phrases` stands behind `to`, inside the sentence; else -1. */
function findBehind(phrases: PhraseSet, words: Words, to: number): number {
  for (let index = to + 1; index <= to + REACH && words.keys[index] !== SENTENCE_END; index++) {
    if (matchAny(phrases, words, index)) return index;
  }
  return -1;
}

function matchAny(phrases: PhraseSet, words: Words, at: number): boolean {
  return phrases.get(words.keys[at] as number)?.some((phrase) => matchPhrase(phrase, words, at)) === true;
}

function matchPhrase(phrase: Phrase, words: Words, at: number): boolean {
  return phrase.every((word, index) => matchWord(word, words, at + index));
}

function matchWord({ text, isWhole }: Word, words: Words, at: number): boolean {
  const start = words.starts[at];
  if (start === undefined || !words.text.startsWith(text, start)) return false;
  const more = (words.ends[at] as number) - start - text.length;
  if (more === 0) return true;
  return !isWhole && (text.length > 3 || (more === 1 && words.text[start + text.length] === 's'));
}
