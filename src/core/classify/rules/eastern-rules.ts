import type { TextRules } from './rule.js';

/** Chinese, the commonest also in traditional script, and the commonest Japanese. No spaces stand between words, hence patterns. */
export const easternRules: TextRules = {
  'eastern-quota quota':
    /[额額](?!外|.{0,8}[分秒])|欠费|充值|资源包|套餐.{0,12}[到过上]|用[完尽]|(?:使用|用量|[每当今本][日天周月]|小时).{0,12}上限|残高/,
  'eastern-capacity overloaded': /[过负]载|繁忙|访问量|算力|混み合/,
  'eastern-throttle rate_limit': /频[率繁]|限[流速]|速率|并发|求.{0,4}[过過太][多快]|多すぎ/,
  'eastern-auth auth':
    /(?:钥|令牌|token(?!s)|key|[证證]|签名|鉴权|身份).{0,16}(?:[无無失]效|[错錯]|[过過]期|未|缺|空|非法|失败|不[存正])|(?:[无無失]效|[错錯]|[过過]期|未提|缺).{0,12}(?:钥|令牌|key|[证證])|登录|账.{0,10}[封禁锁停冻注]/,
  'eastern-model model_unavailable':
    /模型.{0,24}(?:未|下线|不[存可支])|(?:没有|无(?!权)|不到|不支持|未知).{0,10}(?:模型|渠道)|モデル/,
  'eastern-context context_overflow':
    /上下文|[过太超][长長]|長す|(?:prompt|输入|提示|内容|文本|消息|token|长度).{0,24}(?:超[出过]|上限)/,
  'eastern-policy content_policy': /敏感|[违違]|安全|审核|风险|拦截|不[良当適]/,
  'eastern-permission permission': /[权權]|(?:禁止|拒绝)访问|未开放|实名|白名单/,
  'eastern-timeout timeout': /超[时時]/,
  'eastern-network network': /网络|连接.{0,6}[失断重中]/,
  'eastern-invalid invalid_request generic': /参数|格式|必填|为空|非法/,
  'eastern-server server_error generic': /错误|异常|不可用/,
};
