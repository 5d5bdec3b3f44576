import type { TextRule } from './rule.js';

/** Money, capacity and throttles. */
export const limitRules: readonly TextRule[] = [
  {
    id: 'text-local-bug',
    kind: 'unknown',
    stems: 'cann is not unex json maxi inva',
    pattern:
      /cannot (?:read|set) propert|\b(?:is not a (?:function|constructor)|is not (?:defined|iterable))$|^\W*(?:uncaught )?(?:type|reference|range)error: (?!.*(?:fetch|network|load failed|terminated))|unexpected (?:token|end of json|non-whitespace)|(?:is not valid json|in json at position)|maximum call stack|invalid (?:string|array) length/,
  },
  {
    id: 'text-file-size',
    kind: 'invalid_request',
    stems: 'imag file pdf audi vide atta',
    pattern:
      /\b(?:images?|files?|pdfs?|audio|video|attachments?)\b.{0,60}(?:exceed|too (?:large|big|many|long)|larger than|max(?:imum)?(?: allowed)? (?:size|pixels|dimension))/,
  },
  {
    id: 'text-quota-per-metric',
    kind: 'quota',
    stems: 'quot',
    pattern: /quota exceeded for (?:quota )?metric.{0,240}(?:per ?(?:day|month|week)|limit: 0\b)/s,
  },
  {
    id: 'text-throttle-metric',
    kind: 'rate_limit',
    stems: 'quot not',
    pattern: /quota exceeded for (?:quota )?metric|quota.{0,60}per[ _]?(?:minute|second)|not your (?:usage|plan) limit/,
  },
  {
    id: 'text-balance',
    kind: 'quota',
    stems: 'bala cred fund run ran out paym top rech arre over unpa past outs debt prep insu',
    pattern:
      /(?:insufficient|not enough|no|low|negative|zero|inadequate)[ _-](?:\w+ ){0,2}(?:balance|credits?|funds?|quota)\b|(?:balance|credits?|funds)\b(?: \w+){0,3} (?:too low|insufficient|exhausted|depleted|not enough|not sufficient|used up|required|negative|expired|ran out|run out|low|zero|empty)|(?:balance|credits?|funds|limit).{0,24}(?:exceeded|exceeds?)$|out of (?:\w+ ){0,2}(?:usage|credits?|funds|budget|quota|tokens)\b|r[ua]n out of (?:\w+ ){0,2}(?:usage|credits?|funds|budget|quota|tokens|money)|payment (?:is )?(?:required|instrument|method|failed|overdue|due)|(?:top[ -]?up|recharge|add|purchase|buy) (?:\w+ ){0,2}(?:credits?|balance|account|funds|wallet)|\barrears\b|\b(?:over|past)[ -]?due\b|unpaid|outstanding (?:balance|invoice)|(?:can only|cannot|can't|could not) afford|exceeded .{0,40}(?:credits?|balance)\b/,
  },
  {
    id: 'text-billing',
    kind: 'quota',
    stems: 'bill subs free tria',
    pattern:
      /billing (?:\w+ ){0,2}(?:limit|is (?:disabled|inactive|not)|has not|not active|disabled|not enabled|issue|problem|to be enabled|must be)|(?:enable|activate|set up|requires?|without) billing|inactive billing|(?:free|trial) (?:\w+ ){0,4}(?:exhausted|ended|expired|used up|is over|consumed)|(?:subscription|plan) (?:\w+ ){0,2}(?:expired|has ended|lapsed|inactive)/,
  },
  {
    id: 'text-spend',
    kind: 'quota',
    stems: 'spen budg cost usag extr',
    pattern:
      /\b(?:spend|spending|budget|cost)[ -](?:\w+ ){0,2}(?:limit|cap|quota|allowance|exceeded)|budget (?:has been |is |was )?(?:exceeded|reached|exhausted|used)|(?:exceed(?:ed|s)?|over|reached|hit|crossed) (?:\w+ ){0,4}budget|(?:extra usage|usage credits?) (?:is |are )?required|max(?:imum)?[ _]budget/,
  },
  {
    id: 'text-window',
    kind: 'quota',
    stems: 'hour sess dail week mont annu year per cycl peri toda day lifetime life',
    pattern:
      /\b(?:\d+[ -]?h(?:ou)?rs?|five[ -]hour|session|daily|weekly|monthly|annual|yearly|lifetime|(?:billing|current) (?:cycle|period))[ -](?:\w+[ -]){0,4}(?:limit|quota|cap|allocation|allowance|credits|neurons|budget|usage)\b|(?:limit|quota|cap|allowance)s? (?:\w+ ){0,3}(?:for|this|per|of the|in the) (?:\w+ ){0,2}(?:day|today|week|month|period|cycle|session)\b|quota will be re(?:freshed|set|newed|plenished)|too many (?:tokens|requests) per (?:day|month|week)|per[ -_]?day (?:\w+ ){0,2}(?:limit|quota)/,
  },
  {
    id: 'text-usage-limit',
    kind: 'quota',
    stems: 'usag plan',
    pattern:
      /\busage limits?\b|\b(?:plan|tier)(?:'s)? (?:\w+ ){0,2}(?:limit|quota)|limit (?:of|for|on) (?:your|the|this) (?:\w+ )?(?:plan|subscription)|usage (?:\w+ ){0,2}(?:exceeded|exhausted|reached)/,
  },
  {
    id: 'text-capacity',
    kind: 'overloaded',
    stems: 'over capa high busy load warm pend queu heav no dema spin cold start free',
    pattern:
      /\boverload|\bover capacity|at (?:full |max(?:imum)? )?capacity|(?:no|insufficient|not enough|lacks?|limited|out of|enough|available|system|server|tier|gpu) (?:\w+ )?capacity|capacity (?:\w+ )?(?:exceeded|limits?|constraints?|reached|unavailable|exhausted|is full)|(?:high|heavy|peak|elevated|unusual(?:ly high)?|excessive) (?:demand|load|traffic|usage|volume)|\b(?:servers?|service|system|engine|model|model|backend|network|endpoint|we are|we're) (?:is |are )?(?:\w+ ){0,2}busy|^\W*(?:too )?busy\b|\bmodel\b.{0,80}\bis (?:currently |still )?(?:loading|starting|warming)|\bloading (?:the )?model|(?:still|currently|being|is) (?:loading|warming|starting|spinning)|warming up|cold[ -]?start|maximum pending|queue (?:is |was )?(?:\w+ )?(?:full|exceeded|limit|too long)|no (?:available|free|idle) (?:workers?|instances?|replicas?|slots?|gpus?|servers?|channels?|backends?|nodes?)|no slots? available|demand exceeds/,
  },
  {
    id: 'text-throttle',
    kind: 'rate_limit',
    stems: 'rate too thro slow requ conc rpm tpm qps exha max freq quick fast call toke ratel burs limi',
    pattern:
      /\brate[ _-]?limit|\brate[ _]?(?:has been |was |is )?exceeded|\btoo many (?:\w+ ){0,3}(?:requests?|calls|connections)|too many tokens per|\bthrottl|slow(?:ing)? down|\b(?:requests?|tokens?|calls|images?) (?:per|\/) ?(?:minute|min|second|sec|hour)|\/min\b|(?:request|call|token|usage increase) rate|concurren(?:cy|t)\b.{0,40}(?:limit|exceed|max|reached|too many|quota)|(?:limit|exceed|max|reached|too many).{0,40}\bconcurren(?:cy|t)|\b(?:max |maximum )?(?:rpm|tpm|qps|rps|tpd|rpd|itpm|otpm)\b.{0,30}(?:limit|exceed|reached|:)|(?:exceed|reach|hit)\w* .{0,60}\b(?:rpm|tpm|qps|rps)\b|resources? (?:has |have )?(?:been )?exhausted|resource[_ ]exhausted|too (?:quickly|frequently|fast|often)|frequency limit|limiting requests|temporarily limited|burst (?:rate|limit)|request limit (?:reached|exceeded)|(?:request|token)s? limit(?:s)? (?:has been )?(?:reached|exceeded) for/,
  },
  {
    id: 'text-quota',
    kind: 'quota',
    stems: 'quot allo allowance exha',
    pattern:
      /(?:exceed(?:s|ed|ing)?|exhausted|reached|hit|over|no|insufficient|out of|used up|maxed out) (?:\w+ ){0,5}quotas?\b|quotas?\b.{0,60}(?:exceeded|exhausted|reached|used up|depleted|is 0|insufficient|not enough|consumed|has been hit|limit)|\bquota (?:error|failure|violation)|(?:allocation|allowance) (?:has been |was |is )?(?:used up|exhausted|exceeded|reached)|used up .{0,40}(?:allocation|allowance|quota)|limit exceeded \(/,
  },
];
