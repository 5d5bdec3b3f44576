/**
 * Keys in the shapes that providers, gateways and the services around them issue. None was ever valid: each is made of
 * the same characters, in the length and the alphabet of the real ones.
 */

const hexDigits = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08e3b0c44298fc1c149afbf4c8996fb924';
const lettersAndDigits =
  'Zk3vT9qLw2Xb7Rm4Yc8Nd1Fh6Jp0Ga5SoE2uV7iK4tB9xQ3zM6wC1yD8nH5fPjG0aSrL2eU7vI4kT9bX3qZ6mW1cY8dN5hF';
const mixed = lettersAndDigits.slice(0, 100);
const lower = mixed.toLowerCase();

const letters = (length: number): string => mixed.slice(0, length);
const small = (length: number): string => lower.slice(0, length);
const hex = (length: number): string => hexDigits.slice(0, length);
const uuid = '3f2b8c1e-9d47-4a6b-8e05-c7d19a2f6b34';

/** Shape by the name of who issues it. */
export const keyShapes: Readonly<Record<string, string>> = {
  OpenAI: `sk-${letters(48)}`,
  'OpenAI, project': `sk-proj-${letters(40)}_${letters(20)}-${letters(20)}`,
  'OpenAI, service account': `sk-svcacct-${letters(60)}`,
  'OpenAI, admin': `sk-admin-${letters(60)}`,
  'OpenAI, session': `sess-${letters(40)}`,
  Anthropic: `sk-ant-api03-${letters(60)}-${letters(20)}AA`,
  'Anthropic, OAuth': `sk-ant-oat01-${letters(60)}`,
  OpenRouter: `sk-or-v1-${hex(64)}`,
  Groq: `gsk_${letters(52)}`,
  xAI: `xai-${letters(80)}`,
  Google: `AIza${letters(35)}`,
  'Google, new': `AQ.Ab8${letters(47)}`,
  'Google, access token': `ya29.${letters(60)}`,
  'Google, client secret': `GOCSPX-${letters(28)}`,
  'Hugging Face': `hf_${letters(34)}`,
  Replicate: `r8_${letters(37)}`,
  Fireworks: `fw_${letters(24)}`,
  Together: `tgp_v1_${letters(43)}`,
  'Together, old': hex(64),
  Perplexity: `pplx-${letters(48)}`,
  NVIDIA: `nvapi-${letters(60)}`,
  Cerebras: `csk-${small(48)}`,
  DeepSeek: `sk-${hex(32)}`,
  Mistral: letters(32),
  Cohere: letters(40),
  AI21: letters(32),
  Voyage: `pa-${letters(43)}`,
  Jina: `jina_${letters(60)}`,
  'Azure OpenAI': hex(32),
  'Azure AI Foundry': `${letters(52)}JQQJ99BKACYeBjFXJ3w3AAABACOG${letters(4)}`,
  'AWS, key id': 'AKIAZK3VT9QLW2XB7RM4',
  'AWS, temporary key id': 'ASIAZK3VT9QLW2XB7RM4',
  'AWS, secret': `${letters(12)}/${letters(13)}+${letters(14)}`,
  'Bedrock, API key': `ABSK${letters(60)}${letters(60)}=`,
  'Bedrock, short-term key': `bedrock-api-key-${letters(80)}`,
  Databricks: `dapi${hex(32)}-2`,
  'Cloudflare, token': `${letters(19)}_${letters(12)}-${letters(7)}`,
  'Cloudflare, gateway': `cfut_${letters(40)}`,
  SambaNova: uuid,
  Scaleway: 'c81e728d-9d4c-4f63-af06-7f89cc14862c',
  'Scaleway, access key': 'SCWZK3VT9QLW2XB7RM4Y',
  Modal: `ak-${letters(22)}`,
  'Modal, secret': `as-${letters(22)}`,
  Baseten: `${letters(8)}.${letters(32)}`,
  DeepInfra: letters(32),
  Hyperbolic: `eyJhbGciOiJIUzI1NiJ9.${letters(40)}.${letters(43)}`,
  Zhipu: `${hex(32)}.${letters(16)}`,
  Moonshot: `sk-${letters(48)}`,
  MiniMax: `sk-api-${letters(60)}`,
  Baidu: `bce-v3/ALTAK-${letters(21)}/${hex(40)}`,
  Alibaba: `LTAI5t${letters(18)}`,
  Tencent: `AKID${letters(32)}`,
  Volcengine: '8b7d3c2a-51ef-4c0d-9a64-0f3e5d7b9c12',
  'Vercel gateway': `vck_${letters(56)}`,
  Helicone: `sk-helicone-${small(7)}-${small(7)}-${small(7)}-${small(7)}`,
  Langfuse: `sk-lf-${uuid}`,
  LangSmith: `lsv2_pt_${hex(32)}_${hex(10)}`,
  'Weights & Biases': hex(40),
  Pinecone: `pcsk_${letters(6)}_${letters(60)}`,
  Tavily: `tvly-dev-${letters(32)}`,
  Firecrawl: `fc-${hex(32)}`,
  E2B: `e2b_${hex(40)}`,
  'GitHub, classic': `ghp_${letters(36)}`,
  'GitHub, fine-grained': `github_pat_${letters(22)}_${letters(59)}`,
  'GitHub, Copilot': `ghu_${letters(36)}`,
  GitLab: `glpat-${letters(20)}`,
  Slack: `xoxb-123456789012-${letters(24)}`,
  'Slack, app': `xapp-1-A012BCDEF-1234567890-${hex(64)}`,
  Telegram: `7123456789:AAH${letters(32)}`,
  Discord: `MTA${letters(21)}.G${letters(5)}.${letters(38)}`,
  Stripe: `sk_live_${letters(24)}`,
  SendGrid: `SG.${letters(22)}.${letters(43)}`,
  Twilio: `SK${hex(32)}`,
  npm: `npm_${letters(36)}`,
  PyPI: `pypi-AgEIcHlwaS5vcmc${letters(60)}`,
  'HashiCorp Vault': `hvs.${letters(24)}`,
  Doppler: `dp.pt.${letters(40)}`,
  Supabase: `sbp_${hex(40)}`,
  Notion: `ntn_${letters(46)}`,
  Linear: `lin_api_${letters(40)}`,
  DigitalOcean: `dop_v1_${hex(64)}`,
  ElevenLabs: `sk_${hex(48)}`,
  Deepgram: hex(40),
  Upstage: `up_${letters(29)}`,
  'IBM Cloud': `${letters(20)}_${letters(12)}-${letters(10)}`,
};

/** The part of a key that must not be seen: a run out of its middle. */
export function coreOf(key: string): string {
  const from = Math.floor(key.length * 0.55);
  return key.slice(from, from + 6);
}
