import type { TextRule } from './rule.js';

/** Keys, sign-ins, models and what a valid key may do. */
export const accessRules: readonly TextRule[] = [
  {
    id: 'text-parameter',
    kind: 'invalid_request',
    stems: 'para argu fiel inpu prop sche extr vali max dict tool',
    pattern:
      /\b(?:unsupported|unknown|unrecogni[sz]ed|invalid|unexpected|missing|extra|illegal|required) (?:\w+ ){0,2}(?:parameters?|arguments?|fields?|propert(?:y|ies)|schema|inputs? (?:are|is) not)|\b(?:parameters?|arguments?|fields?)\b.{0,60}\b(?:is|are|was) (?:not (?:supported|allowed|permitted|recognized|valid)|invalid|required|missing|unsupported|unknown)|extra inputs are not|input should be|validation errors? for|\bmax_(?:completion_|output_)?tokens\b[^.]{0,60}(?:too (?:large|small|high)|at least|at most|must|greater|less|exceed|cannot|invalid|between)|(?:does not|doesn't|don't) support (?:tools?|images?|function|vision|system|stream|tool)/,
  },
  {
    id: 'text-key',
    kind: 'auth',
    stems: 'key apik apit toke cred cook jwt secr sign bear sess cons pass',
    pattern:
      /\b(?:invalid|incorrect|wrong|bad|missing|malformed|expired|revoked|unknown|no|unauthori[sz]ed|disabled|deleted|leaked|empty|unrecogni[sz]ed|inactive|undefined|unable to (?:find|load)|could not (?:load|find|resolve)|not find|without)[\s:]+(?:\S+[\s:]+){0,4}?(?:x-api-key|api[ _-]?(?:key|token)s?|(?:\w+_)?apikey|access[ _-]?(?:key|token)|secret key|subscription key|bearer|(?:auth\w*|oauth|id|security|session|refresh|bearer|api|jwt|user) token|token\b(?! (?:limit|count|id|position|in json|at|budget|length|usage|"|'))|jwt|credentials?|auth\w* header)|(?:api[ _-]?(?:key|token)|apikey|x-api-key|access[ _-]?(?:key|token)|secret key|subscription key|(?:auth\w*|oauth|security|session|refresh|bearer|jwt|id) token|\btoken\b(?! (?:limit|count|rate|budget|usage))|credentials?|signature|(?:sso|login) session|consumer)\b(?:[^.\n]{0,90}?)\b(?:invalid|incorrect|expired|missing|revoked|leaked|malformed|mismatch|not (?:valid|found|provided|set|configured|recogni[sz]ed|exist|active|correct|authenticated|match)|no longer valid|disabled|deleted|blocked|(?:is |are |be )required|unavailable|suspended|wrong|unauthori[sz]ed|does not (?:exist|match)|doesn't exist|rejected|does not represent|verification failed|can ?not be (?:verified|found|validated))/,
  },
  {
    id: 'text-sign-in',
    kind: 'auth',
    stems: 'auth unau log logi sign cred api apik iden unre logo pass reau acco subs',
    pattern:
      /\bunauthori[sz]ed\b|\bunauthenticated\b|not (?:yet )?authenticated|authenticat(?:ion|e|ing)?\b.{0,40}(?:fail|required|error|invalid|denied|expired|missing|problem|unsuccessful|method|parameter)|(?:invalid|failed|missing|no|bad|could not|couldn't|unable to|failed to|cannot|must) (?:\w+ ){0,2}(?:authenticat|authorization\b|auth\b)|authorization (?:required|failed|header|error)|\b(?:not|been) (?:logged|signed) (?:in|out)|\b(?:logged|signed) out|(?:please |run |to )\/?(?:re-?)?(?:log ?in|sign ?in|authenticate)\b|(?:log|sign) (?:in|back in) again|re-?authenticate|\bapi[_ -]?keys? (?:\w+ ){0,3}(?:environment|env|option|parameter)|_api_key\b|provide (?:an? |your )?(?:valid )?api[_ -]?key|set (?:an? |the |your )?\w*api[_ -]?key|pass .{0,30}api[_ -]?key|use api key or|unregistered callers|not a valid (?:api )?key|reported as leaked|account (?:\S+ ){0,4}(?:deactivated|terminated|banned|locked|suspended|disabled|deleted)|no user|member of an organization/,
  },
  {
    id: 'text-model-gone',
    kind: 'model_unavailable',
    stems: 'mode depl endp engi chan prov infe thro memo pull runn lege lega',
    pattern:
      /\b(?:models?|deployments?|engines?|languagemodel)\b(?:\/\S+)?.{0,120}?(?:\bnot (?:be )?(?:found|exist|deployed|available|served|loaded|recogni[sz]ed|known|supported(?! (?:parameter|value|in the|with))|active|valid)\b|does ?n[o']t exist|\bnot exist\b|no longer (?:available|supported|served|exists)|(?:is|has been|was|been|being) (?:deprecated|retired|decommissioned|removed|discontinued|shut ?down|sunset|invalid|unavailable|disabled|deleted|archived|taken)|end[ -]of[ -](?:its )?life|\bunknown\b|as legacy|marked .{0,20}legacy|name is invalid|pulling|not installed|unavailable|id is invalid|identifier is invalid)|\b(?:unknown|invalid|no such|unsupported|unrecogni[sz]ed|non-?existent|nonexistent|not found(?: the)?|cannot find|could not find|can't find|couldn't find|no) (?:\w+ ){0,2}(?:models?|deployments?|engine|languagemodel)\b(?!.{0,20}(?:parameter|access))|not a valid model|no (?:\w+ )?endpoints? (?:\w+ )?(?:found|available|for|support)|no (?:allowed )?providers? (?:are |is )?(?:available|found|support|serv)|no available (?:channel|provider|model|endpoint)s?|no (?:healthy )?(?:deployments?|channels?) (?:available|for|found)|^\W*model:? [\w./:@-]+\W*$|on-demand throughput|requires more system memory|(?:try pulling|pull (?:it|the model)|model .{0,60} pull)|provided model|(?:does not|doesn't|not) (?:exist|found).{0,40}\bmodel\b/,
  },
  {
    id: 'text-policy',
    kind: 'content_policy',
    stems:
      'cont safe flag mode proh harm inap sens viol usag resp risk guar refu bloc poli jail unsa expl reci blac ethi',
    pattern:
      /content[ _-](?:filter|policy|management policy|moderation|violat|safety|restriction|exists risk|is? (?:flagged|blocked|prohibited))|safety (?:system|filter|setting|polic|reason|guideline|check|guardrail|violation|classifier|measure|concern)|(?:was|were|been|is|are|got) flagged|flagged (?:for|as|by)|\bmoderation\b|(?:blocked|rejected|refused|stopped|terminated|filtered).{0,40}(?:safety|recitation|prohibited|polic|security|content|guardrail|blocklist|spii|sensitive|harm)|prohibited (?:content|use)|\bharmful\b|inappropriate|sensitive (?:content|words?|information|material|data)|violat(?:es?|ed|ion|ing|ions).{0,60}(?:polic|terms|guideline|rule|standard|safety|usage)|usage polic|acceptable use|responsible ai|exists? risk|(?:content|prompt|input|output|request|response|text)\b.{0,30}\bguardrail|guardrail.{0,30}(?:intervened|blocked|triggered|violation)|(?:prompt|output|input|response|content|candidate|image|text)\b.{0,40} (?:was |were |is |has been |been )?(?:blocked|flagged|rejected by|filtered|disallowed|refused)|high[ -]risk|jailbreak|unsafe content|content.{0,30}(?:not allowed|against)|new_sensitive|unable to (?:respond|comply|fulfil)/,
  },
  {
    id: 'text-permission',
    kind: 'permission',
    stems:
      'acce perm allo auth regi coun terr loca orga elig enti enab forb upgr only term veri gate rest ip vpn fire ban beta proj avai supp acco geo subs',
    pattern:
      /(?:\bno|not|n't|without|lack\w*|insufficient|missing|denied|need|requires?|request|gain|get|ask for) (?:\w+ ){0,4}(?:access|permissions?|authori[sz]ation|scopes?|privileges?|entitlement)\b|permission(?:s)? (?:\w+ )?(?:denied|error|required|missing)|\bnot (?:\w+ ){0,2}(?:allowed|permitted|authori[sz]ed|eligible|entitled|whitelisted|allowlisted|enabled for|opted)\b|\baccess\b.{0,80}?(?:denied|restricted|forbidden|blocked|not allowed|revoked|disallowed)|(?:region|country|countries|territory|location)\b.{0,60}(?:not (?:\w+ )?(?:supported|available|allowed|permitted)|unsupported|blocked|restricted|unavailable|prohibited)|(?:unsupported|not (?:\w+ )?(?:supported|available|offered)|unavailable|restricted|blocked) (?:\w+ ){0,4}(?:region|country|countries|territory|location)|organi[sz]ation\b.{0,80}(?:disabled|restricted|verified|blocked|suspended|not allowed)|(?:must be|not|be|is) verified|verify (?:your )?organi[sz]ation|gated (?:model|repo)|(?:accept|agree\w*|sign) (?:\w+ ){0,4}(?:terms|license|licence|agreement|conditions)|\bforbidden\b|allow ?list|white ?list|firewall|virtual network|\bupgrade (?:to|your) (?:\w+ ){0,4}(?:to (?:use|access)|plan|tier|subscription)|(?:only|not(?: \w+)?) (?:currently )?(?:available|supported|accessible|enabled|included|offered|usable) (?:for|to|on|in|with|under) (?:\w+ ){0,4}(?:users?|plan|plans|tier|subscriptions?|subscribers?|accounts?|organi[sz]ations?|project|customers?|agents?|members?|workspace|products?)|(?:not included|does not include|doesn't include|not part).{0,40}(?:plan|subscription|package|tier)|blocked (?:at|by|from|for) (?:\w+ ){0,3}(?:organi[sz]ation|project|admin|workspace|team)|request not allowed|(?:api|service|feature|model) has not been (?:used|enabled)|requests from .{0,60} (?:are|is) blocked|(?:not|isn't) (?:yet )?(?:been )?(?:granted|enabled|activated|opened|authori[sz]ed)|operation not (?:allowed|permitted)|authorized list/,
  },
];
