type Role =
  | 'body'
  | 'code'
  | 'event'
  | 'headers'
  | 'later'
  | 'limited'
  | 'nested'
  | 'provider'
  | 'status'
  | 'text'
  | 'time'
  | 'wait';

/** What properties hold, by their names in lower case without `_`. No other property is ever looked at. */
const names: Readonly<Record<Exclude<Role, 'event'>, string>> = {
  status: 'status statuscode',
  code: 'quotaid blockreason type finishreason stopreason reason lcerrorcode name code',
  text: 'title msg details raw message statusmsg detail faultstring description',
  nested:
    'promptfeedback fault response candidates rawresponse choices error $response cause baseresp data lasterror ' +
    'metadata value innererror originalerror $metadata incompletedetails statusdetails responsemetadata',
  body: 'body responsebody rawbody responsetext',
  // Further errors after the one that stands for them: they speak only where it was silent.
  later: 'violations errors',
  headers: 'headers responseheaders',
  wait: 'resetsinseconds resetseconds resetinseconds retryafterseconds retryafter retryafterms retrydelay',
  time: 'resetsat resetat',
  provider: 'llmprovider provider providername',
  // What a quota of Google is counted for.
  limited: 'quotadimensions',
};

const roles = new Map(
  Object.entries(names).flatMap(([role, list]) => list.split(' ').map((name) => [name, role as Role] as const)),
);

/** What a property holds, as far as it matters: `error_code` and `httpCode` are codes, too. */
export function roleOf(key: string): Role | undefined {
  const role = roles.get(key);
  if (role ?? key.length >= 40) return role;
  // A member of a stream of AWS is named for the exception it holds.
  if (key.endsWith('Exception')) return 'event';
  return roles.get(key.replace(/_|^(?:error|http)(?=.)/gi, '').toLowerCase());
}
