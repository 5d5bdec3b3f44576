import { TierfallDialog } from './parts/dialog.js';
import { TierfallToasts } from './parts/toasts.js';
import { TierfallAlerts } from './tierfall-alerts.js';
import { TierfallBadge } from './tierfall-badge.js';
import { TierfallChainEditor } from './tierfall-chain-editor.js';
import { TierfallDrawer } from './tierfall-drawer.js';
import { TierfallHealth } from './tierfall-health.js';
import { TierfallLedger } from './tierfall-ledger.js';
import { TierfallTable } from './tierfall-table.js';

export { TierfallAlerts, TierfallBadge, TierfallChainEditor, TierfallHealth, TierfallLedger, TierfallTable };

const elements = {
  'tierfall-badge': TierfallBadge,
  'tierfall-table': TierfallTable,
  'tierfall-ledger': TierfallLedger,
  'tierfall-chain-editor': TierfallChainEditor,
  'tierfall-health': TierfallHealth,
  'tierfall-alerts': TierfallAlerts,
  'tierfall-drawer': TierfallDrawer,
  'tierfall-dialog': TierfallDialog,
  'tierfall-toasts': TierfallToasts,
} satisfies Record<string, CustomElementConstructor>;

for (const [name, element] of Object.entries(elements)) {
  // Two copies of the package may meet in one page.
  if (!customElements.get(name)) customElements.define(name, element);
}

declare global {
  interface HTMLElementTagNameMap {
    'tierfall-badge': TierfallBadge;
    'tierfall-table': TierfallTable;
    'tierfall-ledger': TierfallLedger;
    'tierfall-chain-editor': TierfallChainEditor;
    'tierfall-health': TierfallHealth;
    'tierfall-alerts': TierfallAlerts;
  }
}
