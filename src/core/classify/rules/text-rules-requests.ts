import type { TextRule } from './rule.js';

/** Size and shape of the request. */
export const requestRules: readonly TextRule[] = [
  {
    id: 'text-context',
    kind: 'context_overflow',
    stems: 'cont prom inpu toke exce too maxi redu long requ payl body enti mess leng char sequ',
    pattern:
      /context[ _-]?(?:length|window|size|limit|overflow)|(?:prompt|input|messages?|conversation|query|request|text|sequence|content|inputs?|history)\b.{0,40}(?:too (?:long|large|big)|\bexceeds? .{0,40}(?:limit|length|maximum|max|window|size|tokens))|maximum (?:context|model|input|prompt|sequence|number of (?:input )?tokens)|(?:max|maximum) (?:\w+ ){0,3}length|too many (?:\w+ )?tokens|exceed(?:s|ed|ing)? .{0,60}\b(?:token|context|input|prompt|model)\w* ?(?:limit|length|window|size|count|maximum|max)|tokens?\b.{0,80}\bexceed|exceed\w* .{0,60}\btokens?\b|reduce (?:the |your )?(?:length|prompt|input|number of|size|message|context)|shorten|(?:request|entity|payload|body)\b.{0,20}(?:too large|exceeds)|longer than .{0,40}(?:model|maximum|length|context)|(?:less|fewer|more|larger|greater|longer) than .{0,20}\btokens|tokens? (?:limit|count) (?:reached|exceeded)|n_ctx|input length|(?:prompt|input) (?:contains|has|is) .{0,40}tokens.{0,60}(?:large|max|limit|only)|string too long|(?:>|greater than) .{0,12}maximum/,
  },
  {
    id: 'text-invalid',
    kind: 'invalid_request',
    weak: true,
    stems: 'inva requ must vali malf bad unsu supp unpr miss pars expe unre wron reco meth url',
    pattern:
      /\binvalid (?:request|json|body|url|value|message|role|format|prompt|tool|image|type|service)|\bbad request\b|\bmalformed|unprocessable|\bvalidation (?:error|failed)|(?:unsupported|not supported)|missing required|\bmust (?:be|have|not|contain|match|follow|alternate)\b|failed to parse|method not allowed|strongly recommended|wrong (?:format|type)/,
  },
];
