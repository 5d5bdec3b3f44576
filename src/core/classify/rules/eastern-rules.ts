import type { TextRules } from './rule.js';

/** Chinese, simplified and traditional, and the commonest Japanese and Korean. No spaces stand between words, hence patterns. */
export const easternRules: TextRules = {
  'eastern-quota quota':
    /[额額](?!外|.{0,8}[分秒])|欠[费費]|充值|套餐.{0,12}[到过用尽上]|资源包|(?:使用|用量|[每当今本][日天周月]|小时).{0,12}(?:上限|用[完尽])|残高|잔액/,
  'eastern-capacity overloaded': /[过過][载載]|繁忙|访问量|负载|算力|混み合|과부하/,
  'eastern-throttle rate_limit':
    /[频頻][率繁]|限[流速]|速率|[并並][发發]|[请請]求.{0,4}[过過太][多快]|リクエストが多|レート|요청이.{0,6}많/,
  'eastern-auth auth':
    /(?:[密秘]钥|令牌|token|key|[凭憑认認签][证證名]|鉴权|身份|验证).{0,16}(?:[无無失]效|[错錯]|[过過]期|失败|不存在|不正确|未|空|缺|非法)|(?:[无無]效|[错錯]误|[过過]期|未提供|缺少).{0,12}(?:[密秘]钥|令牌|key|凭证)|登录|账[户号].{0,10}[封禁锁停冻注]|認証|인증/,
  'eastern-model model_unavailable':
    /模型.{0,24}(?:不存在|未|下线|不可用|不支持)|(?:没有|无|找不到|不支持|未知).{0,10}(?:模型|渠道)|モデル|모델/,
  'eastern-context context_overflow':
    /上下文|(?:prompt|输入|提示词|内容|文本|消息|token|长度).{0,24}(?:[过太超][长長]|超[出过]|上限)|長すぎ/,
  'eastern-policy content_policy': /敏感|[违違][规規反]|安全|审核|不良|风险|不当|拦截|不適切/,
  'eastern-permission permission': /[权權]|(?:禁止|拒绝)访问|未开放|实名|白名单/,
  'eastern-timeout timeout': /超[时時]|タイムアウト/,
  'eastern-network network': /网络|连接.{0,6}[失断重中]/,
  'eastern-invalid invalid_request weak': /[参參][数數]|格式|必填|不能为空|非法/,
  'eastern-server server_error weak': /错误|[异異]常|不可用|サーバー|서버/,
};
