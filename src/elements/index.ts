import { define } from './define.js';
import { TierfallDialog } from './parts/dialog.js';
import { staleNote } from './parts/stale.js';
import { TierfallToasts } from './parts/toasts.js';
import { TierfallAlerts } from './tierfall-alerts.js';
import { TierfallBadge } from './tierfall-badge.js';
import { TierfallChainEditor } from './tierfall-chain-editor.js';
import { TierfallDrawer } from './tierfall-drawer.js';
import { TierfallElement } from './tierfall-element.js';
import { TierfallHealth } from './tierfall-health.js';
import { TierfallLedger } from './tierfall-ledger.js';
import { TierfallTable } from './tierfall-table.js';

export { TierfallAlerts, TierfallBadge, TierfallChainEditor, TierfallHealth, TierfallLedger, TierfallTable };

TierfallElement.staleNote = staleNote;

define({
  'tierfall-badge': TierfallBadge,
  'tierfall-table': TierfallTable,
  'tierfall-ledger': TierfallLedger,
  'tierfall-chain-editor': TierfallChainEditor,
  'tierfall-health': TierfallHealth,
  'tierfall-alerts': TierfallAlerts,
  'tierfall-drawer': TierfallDrawer,
  'tierfall-dialog': TierfallDialog,
  'tierfall-toasts': TierfallToasts,
});

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
