import { css } from 'lit';

export const tableStyles = css`
  :host {
    --row: 64px minmax(0, 1fr) minmax(0, 1.25fr) var(--strip, 264px);
  }
  .panel-head {
    flex-wrap: wrap;
  }
  .filters {
    display: flex;
    flex-wrap: wrap;
  }
  .filter {
    min-height: 28px;
    padding: 3px 9px;
    border: 1px solid transparent;
    border-radius: 6px;
    background: none;
    color: var(--text-2);
    cursor: pointer;
  }
  .filter[aria-checked='true'] {
    border-color: var(--line);
    background: var(--sunken);
    color: var(--text);
    font-weight: 500;
  }
  .filter .n {
    color: var(--text-3);
    font-weight: 400;
  }
  .search {
    position: relative;
    flex: 0 1 210px;
    margin-left: auto;
  }
  .search .icon {
    position: absolute;
    left: 9px;
    top: 6px;
    color: var(--text-2);
    pointer-events: none;
  }
  .search .field {
    min-height: 28px;
    padding: 3px 30px 3px 31px;
  }
  .search kbd {
    position: absolute;
    right: 6px;
    top: 5px;
    padding: 0 5px;
    border: 1px solid var(--line);
    border-radius: 4px;
    font: 11px/16px var(--sans);
    color: var(--text-3);
    pointer-events: none;
  }
  .row,
  .head {
    display: grid;
    grid-template-columns: var(--row) 108px;
    align-items: center;
    column-gap: 0;
    padding: 0 8px 0 16px;
  }
  .no-actions .row,
  .no-actions .head {
    grid-template-columns: var(--row);
    padding-right: 16px;
  }
  .head {
    position: sticky;
    top: 0;
    z-index: 2;
    height: 32px;
    border-bottom: 1px solid var(--line);
    background: var(--surface);
    color: var(--text-2);
    font-size: 12px;
  }
  .head button {
    display: inline-flex;
    align-items: center;
    gap: 3px;
    border: 0;
    padding: 2px 0;
    background: none;
    font-weight: 500;
    cursor: pointer;
  }
  .head .icon {
    width: 12px;
    height: 12px;
  }
  .row {
    height: 42px;
    border-bottom: 1px solid var(--line);
    scroll-margin-top: 40px;
    scroll-margin-bottom: 8px;
    /* What a name holds stays in its row. */
    overflow: hidden;
  }
  .row:hover {
    background: var(--hover);
  }
  .row.open {
    background: var(--accent-soft);
  }
  .row.fresh {
    animation: fresh 1200ms ease-out;
  }
  .row:focus-visible {
    outline-offset: -2px;
    border-radius: 0;
  }
  @keyframes fresh {
    from {
      background: var(--accent-soft);
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .row.fresh {
      animation: none;
      box-shadow: inset 3px 0 0 var(--accent);
    }
  }
  .cell {
    min-width: 0;
  }
  .name {
    display: block;
    max-width: 100%;
    border: 0;
    padding: 0;
    background: none;
    font-weight: 500;
    text-align: left;
    cursor: pointer;
  }
  .name:hover {
    text-decoration: underline;
  }
  .model {
    display: block;
    font-size: 12px;
    line-height: 17px;
    color: var(--text);
  }
  .model .provider,
  .model.off {
    color: var(--text-3);
  }
  .column-model {
    display: none;
  }
  .agent,
  .why,
  .column-model {
    padding-right: 12px;
  }
  .why > .cut {
    display: block;
  }
  .reason {
    display: flex;
    gap: 5px;
  }
  .since {
    flex: none;
    white-space: nowrap;
  }
  .count {
    white-space: nowrap;
  }
  .actions {
    display: flex;
    justify-content: flex-end;
  }
  .actions .icon-button {
    color: var(--text-3);
  }
  .row:hover .icon-button,
  .row:focus-within .icon-button,
  .actions .useful {
    color: var(--text);
  }
  .actions .go {
    color: var(--accent);
  }
  .foot {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px 16px;
    min-height: 44px;
    padding: 8px 16px;
  }
  .foot .push {
    color: var(--text-3);
    font-size: 12px;
  }
  .empty {
    display: grid;
    justify-items: center;
    gap: 4px;
    padding: 72px 16px;
    text-align: center;
  }
  .empty h3 {
    margin-top: 16px;
    font: 600 15px/22px var(--sans);
  }
  .empty .buttons {
    display: flex;
    flex-wrap: wrap;
    justify-content: center;
    gap: 8px;
    margin-top: 12px;
  }
  .rows:focus {
    outline: none;
  }
  @container (min-width: 1100px) {
    .table {
      --row: 64px minmax(0, 1fr) minmax(0, 1fr) minmax(0, 1.4fr) var(--strip, 264px);
    }
    .agent .model {
      display: none;
    }
    .column-model {
      display: block;
    }
    .column-model .model {
      font-size: 13px;
      line-height: 20px;
    }
  }
  @container (max-width: 759px) {
    .head {
      display: none;
    }
    .search {
      order: 1;
      flex: 1 1 160px;
    }
    .search .field {
      min-height: 36px;
    }
    .search .icon {
      top: 10px;
    }
    .search kbd {
      display: none;
    }
    .filters {
      order: 2;
      width: 100%;
    }
    .filter {
      min-height: 36px;
    }
    .row,
    .no-actions .row {
      grid-template-columns: 44px minmax(0, 1fr) auto;
      grid-template-rows: 40px 40px 28px;
      row-gap: 4px;
      height: 136px;
      align-content: center;
      padding: 8px 12px;
    }
    .row.calm,
    .no-actions .row.calm {
      grid-template-rows: 40px 28px;
      height: 92px;
    }
    .row.calm .why {
      display: none;
    }
    .row .why {
      grid-column: 2 / -1;
    }
    .row .day {
      grid-column: 1 / -1;
    }
    .row .actions {
      grid-column: 3;
      grid-row: 1;
    }
    .row .actions .hold {
      display: none;
    }
    .row .badges {
      flex-wrap: wrap;
    }
    .foot {
      padding: 8px 12px;
    }
    .empty {
      padding: 32px 12px;
    }
  }
`;
