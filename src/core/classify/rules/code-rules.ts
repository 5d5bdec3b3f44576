import type { CodeRule } from './rule.js';

/** In no order: a code stands in one row only. */
export const codeRules: readonly CodeRule[] = [
  {
    id: 'code-auth',
    kind: 'auth',
    strength: 'specific',
    codes:
      'invalidapikey incorrectapikey missingapikey apikeyinvalid apikeyexpired apikeynotfound apikeymissing apikeyrevoked apikeydisabled ' +
      'invalidapitoken invalidaccesskey invalidaccesskeyid invalidkey keyrevoked keyexpired expiredkey revokedkey accountdeactivated ' +
      'expiredtoken tokenexpired tokeninvalid tokeninvalidated tokenrevoked invalidtoken invalidsecuritytoken invalidsignature ' +
      'signaturedoesnotmatch incompletesignature invalidclienttokenid unrecognizedclient missingauthenticationtoken requestexpired ' +
      'invalidgrant invalidclient refreshtokenreused refreshtokenexpired refreshtokeninvalidated refreshtokenrevoked refreshfailed ' +
      'accesstokenexpired accesstokentypeunsupported accesstokenscopeinvalid consumersuspended consumerinvalid credentialsmissing ' +
      'authenticationrequired loginrequired notloggedin sessionexpired loadapikey ailoadapikey credentialsprovider credentialunavailable ' +
      'modelauthentication oauthv2invalidapikey invalidapikeyformat invalidauthentication authenticationfailed authfailed noapikey ' +
      'invalidauthorization invalidauthorizationheader tokenrefreshfailed invalidcredentials badcredentials nocredentials ' +
      'minimax:1004 minimax:2049 zhipu:1000 zhipu:1001 zhipu:1002 zhipu:1003 zhipu:1004 zhipu:1110 zhipu:1111 zhipu:1112 ' +
      'cloudflare:2009 cloudflare:10000 cloudflare:9109',
  },
  {
    id: 'code-auth-weak',
    kind: 'auth',
    strength: 'weak',
    codes:
      'authentication unauthorized unauthenticated notauthorized invalidauthenticationtype gatewayauthentication authorizationrequired ' +
      'aigatewayauthentication',
  },
  {
    id: 'code-permission',
    kind: 'permission',
    strength: 'specific',
    codes:
      'organizationrestricted organizationdisabled organisationdisabled modelpermissionblockedorg modelpermissionblockedproject ' +
      'ipnotauthorized unsupportedcountryregionterritory unsupportedregion accessdeniedunpurchased accesstokenscopeinsufficient ' +
      'servicedisabled apikeyserviceblocked apikeyhttpreferrerblocked apikeyipaddressblocked apikeyandroidappblocked apikeyiosappblocked ' +
      'accessterminated modelaccessdenied mustbeverified organizationmustbeverified optinrequired notagreed regionnotsupported ' +
      'securitypolicyviolated locationpolicyviolated insufficientpermissions insufficientscope missingscopes modelnotallowed ' +
      'zhipu:1220 zhipu:1221 zhipu:1222 zhipu:1311 cloudflare:5016 cloudflare:5018 cloudflare:3041',
  },
  {
    id: 'code-permission-weak',
    kind: 'permission',
    strength: 'weak',
    codes:
      'permission permissions permissiondenied accessdenied forbidden notallowed usernotauthorized accountnotauthorized iamnotauthorized',
  },
  {
    id: 'code-quota',
    kind: 'quota',
    strength: 'specific',
    codes:
      'insufficientquota insufficientbalance insufficientcredits insufficientcredit insufficientfunds exceededcurrentquota ' +
      'creditbalanceexhausted creditsexhausted creditsrequired creditrequired outofcredits billinghardlimitreached billingnotactive billing ' +
      'billingdisabled usagelimitreached usagelimitexceeded usagenotincluded organizationusagelimitexceeded projectusagelimitexceeded ' +
      'spendlimitexceeded spendlimitreached budgetexceeded budgetlimitexceeded monthlylimitexceeded dailylimitexceeded weeklylimitexceeded ' +
      'paymentrequired paymentoverdue arrearage overdue accountoverdue freetieronly allocationquotafreetieronly freequotaexhausted freeallocatedquotaexceeded ' +
      'freeusagelimit quotaexhausted prepaidbillovedue prepaidbilloverdue postpaidbilloverdue invalidpaymentinstrument ' +
      'planlimitreached sessionlimitreached hardlimitreached keylimitexceeded commoditynotpurchased ' +
      'minimax:1008 minimax:2056 zhipu:1113 zhipu:1304 zhipu:1308 zhipu:1309 zhipu:1310 cloudflare:3036 cloudflare:4006 cloudflare:2021',
  },
  {
    id: 'code-quota-period',
    kind: 'quota',
    strength: 'specific',
    codes: 'quotaid:day quotaid:month quotaid:week',
  },
  {
    id: 'code-quota-weak',
    kind: 'quota',
    strength: 'weak',
    codes: 'quotaexceeded servicequotaexceeded overquota quota',
  },
  {
    id: 'code-rate-limit',
    kind: 'rate_limit',
    strength: 'specific',
    codes:
      'quotaid:minute quotaid:second quotaid:hour userratelimitexceeded limitburstrate limitrequests slowdown requestlimitexceeded ' +
      'cloudflare:2003 cloudflare:1015 minimax:1002 minimax:1039 minimax:1041 zhipu:1302 zhipu:1303',
  },
  {
    id: 'code-rate-limit-weak',
    kind: 'rate_limit',
    strength: 'weak',
    codes:
      'ratelimit ratelimited ratelimiterror ratelimitexceeded ratelimitreached rateexceeded modelratelimit toomanyrequests throttling throttled throttlingratequota ' +
      'throttlingallocationquota throttlinguser throttlingexceeded requestthrottled requeststhrottled resourceexhausted requestlimit concurrencylimitexceeded ' +
      'toomanyrequest limitexceeded usagelimit bandwidthlimitexceeded tokenlimitexceededperminute tokensperminute aigatewayratelimit gatewayratelimit',
  },
  {
    id: 'code-overloaded',
    kind: 'overloaded',
    strength: 'specific',
    codes:
      'overloaded engineoverloaded serveroverloaded serverisoverloaded modeloverloaded modelcapacityexhausted capacityexceeded ' +
      'modelnotready insufficientcapacity nocapacity serviceoverloaded servicebusy serverbusy systembusy modelloading ' +
      'cloudflare:3040 zhipu:1305 zhipu:1312 queuefull',
  },
  {
    id: 'code-server',
    kind: 'server_error',
    strength: 'weak',
    codes:
      'internalserver internalfailure internalservice internalalgo modelerror modelstreamerrorexception modelstream ' +
      'serviceunavailable badgateway originbadgateway upstream upstreamerror dependencyfailed generation internalservererror ' +
      'minimax:1000 minimax:1013 minimax:1024 minimax:1033 zhipu:1230 zhipu:1234 zhipu:500 cloudflare:3043',
  },
  {
    id: 'code-server-generic',
    kind: 'server_error',
    strength: 'generic',
    codes: 'api server internal unavailable dataloss aborted gatewayinternalserver provider',
  },
  {
    id: 'code-timeout',
    kind: 'timeout',
    strength: 'specific',
    codes:
      'timedout etimedout esockettimedout underrconnecttimeout underrheaderstimeout underrbodytimeout errsocketconnectiontimeout ' +
      'modeltimeout deadlineexceeded internalerrortimeout apiconnectiontimeout connecttimeout headerstimeout bodytimeout gatewaytimeout ' +
      'requesttimedout sockettimeout connectiontimeout errconnectiontimedout minimax:1001 cloudflare:3007 cloudflare:3008',
  },
  {
    id: 'code-timeout-weak',
    kind: 'timeout',
    strength: 'weak',
    codes:
      'timeout requesttimeout econnaborted tierfallattempttimeout tierfallstreamstalled tierfalldeadline attempttimeout streamstalled',
  },
  {
    id: 'network-unreachable',
    kind: 'network',
    strength: 'specific',
    codes:
      'econnrefused enotfound eaiagain eainodata ehostunreach enetunreach ehostdown enetdown eaddrnotavail connectionrefused failedtoopensocket ' +
      'errnameresolutionfailed errnamenotresolved errinternetdisconnected errconnectionrefused errproxyconnectionfailed ' +
      'certhasexpired depthzeroselfsignedcert selfsignedcertinchain unabletoverifyleafsignature unabletogetissuercert ' +
      'unabletogetissuercertlocally errtlscertaltnameinvalid eproto errsslwrongversionnumber certificateverify errcertauthorityinvalid ' +
      'errtlshandshaketimeout certnotyetvalid certrevoked errsslprotocol dnsenotfound unknowncertificateverification errtlsrequiredservername ' +
      'unknownissuer invalidcert errhttp2error proxyconnect',
  },
  {
    id: 'network-cut',
    kind: 'network',
    strength: 'specific',
    codes:
      'econnreset epipe enotconn underrsocket errstreamprematureclose errhttp2goawaysession errhttp2stream errhttp2session hpeinvalidconstant ' +
      'errsocketclosed connectionclosed connectionreset errincompletechunkedencoding errconnectionreset errconnectionclosed errnetworkchanged ' +
      'hpeinvalideofstate hpeinvalidchunksize hpeclosedconnection errhttp2streamcancel errhttp2invalidsession tierfallstreamcut streamcut ' +
      'errsocketdisconnected zstderror errhttprequesttimeout errstreamdestroyed underrinfo errhttp2pingcancel incompleteread',
  },
  {
    id: 'network-weak',
    kind: 'network',
    strength: 'weak',
    codes:
      'errnetwork apiconnection connection underraborted underr network httpclientconnection fetchfailed econn networkrequestfailed errfrtoomanyredirects',
  },
  {
    id: 'code-model',
    kind: 'model_unavailable',
    strength: 'specific',
    codes:
      'modelnotfound modelnotexist invalidmodel unknownmodel nosuchmodel ainosuchmodel deploymentnotfound modeldeprecated modelretired ' +
      'modeldecommissioned modelunavailable modelnotavailable modelnotsupported unsupportedmodel modelnotloaded modeldisabled ' +
      'invalidmodelid modeldoesnotexist gatewaymodelnotfound modelend modelnotdeployed enginenotfound deploymentmodelnotsupported ' +
      'modelservicenotopen invalidendpointormodelnotfound modelgone zhipu:1211 zhipu:1212 cloudflare:3042 cloudflare:5007 cloudflare:7000',
  },
  {
    id: 'code-context',
    kind: 'context_overflow',
    strength: 'specific',
    codes:
      'contextlengthexceeded contextwindowexceeded contextoverflow exceedcontextsize requesttoolarge maxcontextlengthexceeded ' +
      'tokenlimitexceeded prompttoolong promptistoolong inputtoolong inputtoolarge stringabovemaxlength contextlengthexceedederror ' +
      'modelcontextwindowexceeded maxtokensexceeded payloadtoolarge requestentitytoolarge contentlengthexceeded ' +
      'zhipu:1261 cloudflare:5021 cloudflare:3006 mistral:3051',
  },
  {
    id: 'code-policy',
    kind: 'content_policy',
    strength: 'specific',
    codes:
      'contentfilter contentfiltered contentpolicyviolation contentpolicy moderationblocked responsibleaipolicyviolation datainspectionfailed ' +
      'safety recitation prohibitedcontent blocklist spii imagesafety contentfilterfinishreason guardrailintervened guardrail ' +
      'sensitivecontent contentmoderation contentblocked safetycheck safetyviolation contentviolation inputsafety outputsafety ' +
      'inputmoderation moderation flagged refusal sensitive policyviolation unsafecontent promptblocked responsibleaipolicy cyberpolicyviolation ' +
      'greennetblocked jailbreakdetected minimax:1026 minimax:1027 zhipu:1301 cloudflare:2016 cloudflare:2017 cloudflare:3030',
  },
  {
    id: 'code-invalid',
    kind: 'invalid_request',
    strength: 'weak',
    codes:
      'invalidfunctionparameters invalidvalue invalidtype invalidparameter invalidparametererror unsupportedparameter unsupportedvalue ' +
      'unknownparameter missingrequiredparameter invalidjson jsonvalidatefailed tooluse toolusefailed invalidimageformat invalidimage ' +
      'invalidencryptedcontent valueinvalid validation invalidargument badrequestbody invalidrequestmessageorder invalidfunctioncall ' +
      'requestvalidation invalidrequestformat unprocessableentity operationnotsupported unsupportedoperation notsupported ' +
      'unsupportedfunctionality aiunsupportedfunctionality aiinvalidprompt aiinvalidargument underrinvalidarg invalidurl arraytoolong ' +
      'integeraboveMaxvalue integerbelowminvalue integerabovemaxvalue decimalabovemaxvalue invalidbase64 imageparse imagetoolarge ' +
      'previousresponsenotfound missingparameter malformedrequest methodnotallowed unsupportedmediatype parametererror ' +
      'paramerror schemavalidation zodissue valueerror badparameter minimax:2013 zhipu:1210 zhipu:1213 zhipu:1214 zhipu:1215 ' +
      'cloudflare:5004 cloudflare:5005 cloudflare:5006 cloudflare:7003 cloudflare:3003 cloudflare:1000 unsupportedapiforengine',
  },
  {
    id: 'code-invalid-generic',
    kind: 'invalid_request',
    strength: 'generic',
    codes:
      'invalidrequest invalidrequestprompt badrequest failedprecondition outofrange unimplemented alreadyexists errbadrequest notfound conflict ' +
      'resourcenotfound gatewayinvalidrequest imagegenerationuser preconditionfailed',
  },
  {
    id: 'code-aborted',
    kind: 'aborted',
    strength: 'specific',
    codes: 'aborterr errcanceled apiuserabort useraborted requestcancelled requestcanceled clientclosedrequest',
  },
  {
    id: 'code-aborted-weak',
    kind: 'aborted',
    strength: 'weak',
    codes: 'abort cancelled canceled requestaborted cancel',
  },
];
