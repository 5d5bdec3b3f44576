import { define } from '../define.js';
import { TierfallChainEditor } from '../tierfall-chain-editor.js';

/* The chain editor, and the schema it validates with: who only looks never loads them. */
define({ 'tierfall-chain-editor': TierfallChainEditor });
