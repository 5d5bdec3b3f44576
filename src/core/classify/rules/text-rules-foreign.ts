import type { TextRule } from './rule.js';

/** Stands for "holds a character beyond Latin, Greek and Cyrillic" among the stems. */
export const EASTERN = 'eastern';

/** Chinese (simplified and traditional), Japanese and Korean wording; and words of European languages that read alike. */
export const foreignRules: readonly TextRule[] = [
  {
    id: 'text-eastern-quota',
    kind: 'quota',
    stems: EASTERN,
    pattern:
      /余额|餘額|欠费|欠費|充值|额度|額度|配额(?!.{0,8}(?:分钟|秒))|套餐.{0,12}(?:到期|过期|用完|用尽|上限|耗尽)|资源包|(?:使用|用量|每日|每天|当日|今日|每周|每月|本月|小时).{0,12}(?:上限|限额|用完|用尽)|用量(?:已)?(?:达|超|耗)|残高|クレジット|利用枠|잔액|할당량|크레딧/,
  },
  {
    id: 'text-eastern-capacity',
    kind: 'overloaded',
    stems: EASTERN,
    pattern:
      /过载|過載|(?:服务器?|系统|模型|网络|引擎|当前).{0,10}(?:繁忙|拥挤)|访问量(?:过大|较大|太大)|负载|算力|混み合|過負荷|과부하|排队/,
  },
  {
    id: 'text-eastern-throttle',
    kind: 'rate_limit',
    stems: EASTERN,
    pattern:
      /频率|頻率|频繁|頻繁|限流|限速|速率|速度限制|并发|並發|请求(?:数|次数)?(?:过多|太多|过快|太快)|請求過多|(?:tpm|rpm|qps)|リクエストが多|レート|制限|요청이 (?:너무 )?많|속도 제한|请求数/,
  },
  {
    id: 'text-eastern-auth',
    kind: 'auth',
    stems: EASTERN,
    pattern:
      /(?:密钥|秘钥|令牌|token|key|apikey|凭证|凭据|签名|鉴权|身份|认证|认證|授权信息|验证|header).{0,16}(?:无效|無效|错误|錯誤|过期|過期|失败|失敗|不存在|不正确|失效|未|为空|缺失|不合法|非法|异常)|(?:无效|错误|过期|未提供|未收到|缺少|非法|不正确)的?.{0,12}(?:密钥|令牌|token|key|凭证|认证|鉴权|authorization)|未登录|请(?:重新)?登录|账[户号].{0,10}(?:封|禁|锁|停用|异常|冻结|注销)|認証|キーが無効|인증/,
  },
  {
    id: 'text-eastern-model',
    kind: 'model_unavailable',
    stems: EASTERN,
    pattern:
      /模型.{0,24}(?:不存在|未找到|下线|已停|不可用|不支持|未部署|未开通|不正确|错误)|(?:没有|无|找不到|不支持|未知|无可用).{0,10}(?:模型|渠道|通道)|モデル.{0,16}(?:存在しません|見つかりません|利用できません)|모델.{0,16}(?:없|찾을 수)/,
  },
  {
    id: 'text-eastern-context',
    kind: 'context_overflow',
    stems: EASTERN,
    pattern:
      /上下文.{0,12}(?:长度|超|过|限)|(?:prompt|输入|提示词|内容|文本|消息|token|长度).{0,24}(?:过长|太长|超长|超出|超过|上限)|長すぎ|너무 깁니다|너무 긴/,
  },
  {
    id: 'text-eastern-policy',
    kind: 'content_policy',
    stems: EASTERN,
    pattern:
      /敏感|违规|違規|违反|不安全|安全(?:审核|策略|检测|风险)|审核|內容安全|不良信息|风险内容|内容风险|不当内容|拦截|不適切|ポリシー|유해|정책/,
  },
  {
    id: 'text-eastern-permission',
    kind: 'permission',
    stems: EASTERN,
    pattern:
      /权限|權限|无权|無權|禁止访问|拒绝访问|不允许|未授权|未开放|地区.{0,8}(?:不支持|限制)|实名|白名单|権限|許可|권한/,
  },
  {
    id: 'text-eastern-timeout',
    kind: 'timeout',
    stems: EASTERN,
    pattern: /超时|超時|タイムアウト|시간 초과/,
  },
  {
    id: 'text-eastern-network',
    kind: 'network',
    stems: EASTERN,
    pattern: /网络(?:错误|异常|连接|中断)|連線|连接.{0,6}(?:失败|断开|重置|中断)|接続|연결/,
  },
  {
    id: 'text-eastern-invalid',
    kind: 'invalid_request',
    stems: EASTERN,
    weak: true,
    pattern: /参数|參數|格式|必填|不能为空|不合法|非法|パラメータ|무효|잘못된/,
  },
  {
    id: 'text-eastern-server',
    kind: 'server_error',
    stems: EASTERN,
    weak: true,
    pattern: /内部错误|服务(?:器)?(?:错误|异常|不可用)|系统(?:错误|异常)|未知错误|稍后(?:重试|再试)|サーバー|서버/,
  },
  {
    id: 'text-european-quota',
    kind: 'quota',
    stems: 'sald sold guth cred quot cuot kont',
    pattern:
      /\bsaldo\b.{0,30}(?:insuficiente|insufficiente)|(?:solde|crédits?|credits?) (?:est )?(?:insuffisant|épuisé)|guthaben.{0,30}(?:aufgebraucht|nicht ausreich|erschöpft)|\b(?:cuota|quota|kontingent).{0,30}(?:excedida|superada|dépassé|überschritten|erschöpft|aufgebraucht)/,
  },
  {
    id: 'text-european-throttle',
    kind: 'rate_limit',
    stems: 'dema soli zu trop trop anfr',
    pattern:
      /demasiadas (?:solicitudes|peticiones)|zu viele anfragen|trop de requêtes|troppe richieste|muitas solicitações/,
  },
];
