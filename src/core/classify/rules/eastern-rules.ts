import type { TextRule } from './rule.js';

/** Chinese, simplified and traditional, and the commonest Japanese and Korean. No spaces stand between words, hence patterns. */
export const easternRules: readonly TextRule[] = [
  {
    id: 'eastern-quota',
    kind: 'quota',
    pattern:
      /[余餘][额額]|欠[费費]|充值|[额額]度|配[额額](?!.{0,8}[分秒])|套餐.{0,12}[到过用尽上]|资源包|(?:使用|用量|[每当今本][日天周月]|小时).{0,12}(?:上限|限额|用[完尽])|残高|잔액|할당량/,
  },
  { id: 'eastern-capacity', kind: 'overloaded', pattern: /[过過][载載]|繁忙|访问量.{0,2}大|负载|算力|混み合|과부하/ },
  {
    id: 'eastern-throttle',
    kind: 'rate_limit',
    pattern:
      /[频頻][率繁]|限[流速]|速率|[并並][发發]|[请請]求.{0,4}[过過太][多快]|リクエストが多|レート|요청이.{0,6}많/,
  },
  {
    id: 'eastern-auth',
    kind: 'auth',
    pattern:
      /(?:[密秘]钥|令牌|token|key|[凭憑][证據据]|签名|鉴权|身份|[认認][证證]|验证).{0,16}(?:[无無失]效|[错錯][误誤]|[过過]期|失[败敗]|不存在|不正确|未|为空|缺失|非法)|(?:[无無]效|[错錯][误誤]|[过過]期|未提供|缺少|非法)的?.{0,12}(?:[密秘]钥|令牌|token|key|凭证|[认鉴])|未登录|重新登录|账[户号].{0,10}[封禁锁停冻注]|認証|인증/,
  },
  {
    id: 'eastern-model',
    kind: 'model_unavailable',
    pattern:
      /模型.{0,24}(?:不存在|未找到|下线|不可用|不支持|未部署|未开通|无可用)|(?:没有|无|找不到|不支持|未知|无可用).{0,10}(?:模型|渠道)|(?:モデル|모델).{0,16}(?:存在しま|見つか|없|찾을)/,
  },
  {
    id: 'eastern-context',
    kind: 'context_overflow',
    pattern:
      /上下文.{0,12}[长超过限]|(?:prompt|输入|提示词|内容|文本|消息|token|长度).{0,24}(?:[过太超][长長]|超[出过]|上限)|長すぎ/,
  },
  {
    id: 'eastern-policy',
    kind: 'content_policy',
    pattern: /敏感|[违違][规規反]|不安全|安全(?:审核|策略|检测|风险)|审核|不良信息|风险|不当内容|拦截|不適切/,
  },
  {
    id: 'eastern-permission',
    kind: 'permission',
    pattern: /[权權]限|[无無][权權]|(?:禁止|拒绝)访问|未授权|未开放|实名|白名单/,
  },
  { id: 'eastern-timeout', kind: 'timeout', pattern: /超[时時]|タイムアウト/ },
  { id: 'eastern-network', kind: 'network', pattern: /网络(?:错误|异常|连接|中断)|连接.{0,6}(?:失败|断开|重置|中断)/ },
  { id: 'eastern-invalid', kind: 'invalid_request', weak: true, pattern: /[参參][数數]|格式|必填|不能为空|非法/ },
  {
    id: 'eastern-server',
    kind: 'server_error',
    weak: true,
    pattern: /(?:内部|未知)错误|(?:服务|系统).{0,4}(?:错误|异常|不可用)|サーバー|서버/,
  },
];
