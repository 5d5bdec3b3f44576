import { define } from '../define.js';
import { TierfallDialog } from '../parts/dialog.js';
import { TierfallToasts } from '../parts/toasts.js';
import { TierfallAlerts } from '../tierfall-alerts.js';
import { TierfallDrawer } from '../tierfall-drawer.js';
import { TierfallHealth } from '../tierfall-health.js';
import { TierfallLedger } from '../tierfall-ledger.js';
import { TierfallTable } from '../tierfall-table.js';
import { TierfallPage } from './tierfall-page.js';

/* The script of the status page, bundled into `tierfall/http` by the build. The chain editor is loaded when opened. */
define({
  'tierfall-dialog': TierfallDialog,
  'tierfall-toasts': TierfallToasts,
  'tierfall-alerts': TierfallAlerts,
  'tierfall-drawer': TierfallDrawer,
  'tierfall-health': TierfallHealth,
  'tierfall-ledger': TierfallLedger,
  'tierfall-table': TierfallTable,
  'tierfall-page': TierfallPage,
});
