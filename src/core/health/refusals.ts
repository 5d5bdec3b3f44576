import { MAX_LINE } from './rule.js';

/** Names that stand in many lines that report no failure at all. */
const bareNames: ReadonlySet<string> = new Set(
  (
    'openai anthropic google gemini claude gpt chatgpt azure bedrock vertex vertexai mistral cohere groq grok xai ' +
    'deepseek ollama llama meta nvidia perplexity together fireworks replicate huggingface openrouter aws amazon ' +
    'moonshot kimi qwen alibaba zhipu minimax cerebras sonnet opus haiku codex copilot deepmind litellm langchain ' +
    'tierfall cloudflare databricks sambanova'
  ).split(' '),
);

const FEWEST_LETTERS = 4;

/** Steps that one pattern may take on one line at worst: about ten milliseconds. */
const MAX_STEPS = 10_000_000;

/** Why a phrase is refused; `undefined`: it is not. `names`: what the chain calls its providers and models. */
export function refusedPhrase(phrase: string, names: Iterable<string> = []): string | undefined {
  const text = phrase.trim().toLowerCase();
  if (text === '') return 'is empty: it would match every line';
  if ((text.match(/\p{L}/gu)?.length ?? 0) < FEWEST_LETTERS) {
    return `has fewer than ${FEWEST_LETTERS} letters: it would match by chance`;
  }
  const words = text.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
  const isName = bareNames.has(text) || bareNames.has(words.join('')) || words.every((word) => bareNames.has(word));
  if (isName || [...names].some((name) => name.toLowerCase() === text)) {
    return 'is the bare name of a provider or product: it would match any line that mentions it; add what went wrong';
  }
  return undefined;
}

/** Why a pattern is refused; `undefined`: it is not. */
export function refusedPattern(source: string, flags: string): string | undefined {
  let pattern: RegExp;
  try {
    pattern = new RegExp(source, flags);
  } catch {
    return 'is no regular expression';
  }
  if (pattern.test('')) return 'matches the empty text: it would match every line';
  return backtracks(source);
}

/** A part of a pattern that is repeated, and how often at most. */
const quantifier = /^(?:[*+]|\{(\d+)(,(\d*))?\}|\?)\??/u;

/**
 * Why matching may take long. The rest is refused by a simple measure: the product of all repetitions, an open one as
 * often as a line is long, is how often the engine may try again from one place.
 */
function backtracks(source: string): string | undefined {
  /** Of each open group: does it hold a repetition or alternatives? */
  const groups: { isComplex: boolean }[] = [];
  let closed: { isComplex: boolean } | undefined;
  let steps = MAX_LINE;
  for (let at = 0; at < source.length; ) {
    const rest = source.slice(at);
    const found = quantifier.exec(rest);
    if (found) {
      if (closed?.isComplex && found[0] !== '?')
        return 'repeats a group that holds repetitions or alternatives: it can backtrack';
      steps *= timesOf(found);
      for (const group of groups) group.isComplex = true;
      if (steps > MAX_STEPS) return 'has too many open repetitions: it can backtrack; write .{0,20} instead of .*';
      at += found[0].length;
      closed = undefined;
      continue;
    }
    closed = undefined;
    if (/^\\(?:[1-9]|k<)/u.test(rest)) return 'refers back to a group: it can backtrack';
    if (/^\(\?<?[=!]/u.test(rest)) return 'looks ahead or behind: it can backtrack';
    if (rest.startsWith('(')) groups.push({ isComplex: false });
    else if (rest.startsWith(')')) closed = groups.pop();
    else if (rest.startsWith('|')) {
      for (const group of groups) group.isComplex = true;
    }
    at += lengthOfToken(rest);
  }
  return undefined;
}

function timesOf(found: RegExpExecArray): number {
  const [text, least, comma, most] = found;
  if (text.startsWith('?')) return 2;
  if (least === undefined) return MAX_LINE;
  if (comma === undefined) return 1;
  return most === '' ? MAX_LINE : Math.max(1, Number(most) - Number(least) + 1);
}

/** An escape, a class, the head of a group, or one character. */
function lengthOfToken(rest: string): number {
  const token = /^(?:\\[pPu]\{[^}]*\}|\\.|\[(?:\\.|[^\]\\])*\]|\(\?(?:<\w+>|:)|.)/su.exec(rest);
  return token?.[0].length ?? 1;
}
