import '../index.js';
import { TierfallPage } from './tierfall-page.js';

/* The script of the status page: bundled into `tierfall/http` by the build. */
customElements.define('tierfall-page', TierfallPage);
