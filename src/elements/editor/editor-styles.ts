import { css } from 'lit';

export const editorStyles = css`
  .columns {
    display: grid;
    gap: 16px;
    align-items: start;
  }
  @container (min-width: 1180px) {
    .columns {
      grid-template-columns: minmax(0, 1fr) 400px;
    }
    .changes {
      position: sticky;
      top: 8px;
    }
  }
  form,
  .stack {
    display: grid;
    gap: 16px;
    min-width: 0;
  }
  .tier,
  .tier-head {
    display: grid;
    grid-template-columns: 20px 36px minmax(90px, 1fr) minmax(120px, 1.8fr) minmax(90px, 1.1fr) 100px 92px;
    gap: 0 8px;
    align-items: start;
    padding: 8px 12px 8px 16px;
    border-bottom: 1px solid var(--line);
  }
  .tier:last-child {
    border-bottom: 0;
  }
  .tier-head {
    padding-top: 6px;
    padding-bottom: 6px;
    background: var(--sunken);
    color: var(--text-2);
    font-size: 12px;
  }
  .tier.moved {
    background: var(--accent-soft);
  }
  .tier.new {
    background: var(--add-soft);
  }
  .tier.gone {
    opacity: 0.75;
    text-decoration: line-through;
  }
  .tier.pool {
    box-shadow: inset 3px 0 0 var(--line-strong);
  }
  .tier.over {
    box-shadow: inset 0 2px 0 var(--accent);
  }
  .tier label > .name {
    display: none;
  }
  .tier label {
    display: block;
    min-width: 0;
  }
  .grip {
    display: grid;
    place-items: center;
    height: 32px;
    color: var(--text-3);
    cursor: grab;
  }
  .number {
    padding-top: 4px;
  }
  .number-field {
    text-align: right;
  }
  .moves {
    display: flex;
    justify-content: flex-end;
    padding-top: 2px;
  }
  .tier .problem {
    margin-top: 3px;
  }
  .undo {
    padding-top: 6px;
    text-decoration: none;
  }
  .order {
    grid-column: 3 / -1;
    display: flex;
    align-items: center;
    gap: 8px;
    padding-top: 6px;
  }
  .order select {
    width: auto;
  }
  .quarters {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 340px), 1fr));
  }
  fieldset {
    min-width: 0;
    margin: 0;
    padding: 16px;
    border: 0;
    border-bottom: 1px solid var(--line);
  }
  fieldset:nth-child(odd) {
    border-right: 1px solid var(--line);
  }
  legend {
    float: left;
    width: 100%;
    padding: 0;
    font-weight: 600;
  }
  legend + * {
    clear: both;
  }
  .boxes {
    display: grid;
    grid-template-columns: repeat(2, minmax(0, 1fr));
    gap: 7px 12px;
    margin-top: 8px;
  }
  .box {
    display: flex;
    gap: 8px;
    align-items: flex-start;
  }
  .box input {
    width: 16px;
    height: 16px;
    margin: 2px 0 0;
    accent-color: var(--accent);
    flex: none;
  }
  .choices {
    display: grid;
    gap: 6px;
    margin-top: 8px;
  }
  .three {
    display: grid;
    grid-template-columns: repeat(3, minmax(0, 1fr));
    gap: 8px;
    margin-top: 8px;
  }
  .three label {
    display: grid;
    gap: 4px;
    align-content: end;
    font-size: 12px;
    color: var(--text-2);
  }
  .three .field {
    font-size: 13px;
    color: var(--text);
  }
  .add-trigger {
    display: flex;
    gap: 8px;
    margin-top: 10px;
  }
  .add-trigger .field {
    min-height: 28px;
    flex: 1;
  }
  details {
    padding: 12px 16px;
  }
  summary {
    cursor: pointer;
    font-weight: 500;
  }
  details dl {
    display: grid;
    grid-template-columns: max-content minmax(0, 1fr);
    gap: 4px 16px;
    margin-top: 8px;
  }
  dt {
    color: var(--text-3);
  }
  dd,
  code {
    font: 12px/17px var(--mono);
    overflow-wrap: anywhere;
  }
  .change {
    display: grid;
    grid-template-columns: 18px minmax(0, 1fr);
    gap: 0 10px;
    padding: 8px 16px;
    border-bottom: 1px solid var(--line);
    overflow-wrap: anywhere;
  }
  .mark {
    display: grid;
    place-items: center;
    width: 18px;
    height: 18px;
    margin-top: 1px;
    border-radius: 4px;
    background: var(--accent-soft);
    color: var(--accent);
    font: 600 12px/1 var(--mono);
  }
  .mark.add,
  ins {
    background: var(--add-soft);
    color: var(--add);
  }
  .mark.del,
  del {
    background: var(--del-soft);
    color: var(--del);
  }
  ins,
  del {
    padding: 0 4px;
    border-radius: 4px;
    font: 12px/17px var(--mono);
    text-decoration: none;
  }
  del {
    text-decoration: line-through;
  }
  .end {
    display: grid;
    gap: 8px;
    padding: 12px 16px 16px;
  }
  .end .buttons,
  .notice .buttons {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    margin-top: 4px;
  }
  .save[aria-disabled='true'] {
    border-color: var(--line);
    background: var(--sunken);
    color: var(--text-2);
    opacity: 1;
  }
  .notice {
    display: grid;
    grid-template-columns: 18px minmax(0, 1fr);
    gap: 0 10px;
    padding: 10px 16px;
    border-bottom: 1px solid var(--line);
    background: var(--t2-soft);
  }
  .notice > .icon {
    margin-top: 2px;
    color: var(--t2);
  }
  .plain li {
    display: flex;
    align-items: center;
    gap: 12px;
    min-height: 42px;
    padding: 4px 16px;
    border-bottom: 1px solid var(--line);
  }
  .plain li:last-child {
    border-bottom: 0;
  }
  .note {
    padding: 16px;
  }
  @container (max-width: 859px) {
    .tier-head,
    .grip {
      display: none;
    }
    .tier {
      grid-template-columns: 36px minmax(0, 1fr) minmax(0, 1fr);
      gap: 6px 8px;
      padding: 12px;
    }
    .tier label > .name {
      display: block;
      font-size: 12px;
      color: var(--text-2);
    }
    .number {
      grid-row: 1;
      padding-top: 22px;
    }
    .tier .f-provider {
      grid-column: 2;
      grid-row: 1;
    }
    .moves {
      grid-column: 3;
      grid-row: 1;
      padding-top: 18px;
    }
    .tier .f-model {
      grid-column: 2 / -1;
    }
    .tier .f-credential {
      grid-column: 2;
    }
    .field {
      min-height: 36px;
    }
    fieldset:nth-child(odd) {
      border-right: 0;
    }
    .order {
      grid-column: 2 / -1;
    }
  }
`;
