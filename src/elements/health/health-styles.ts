import { css } from 'lit';

export const healthStyles = css`
  .target {
    padding: 12px 16px;
    border-bottom: 1px solid var(--line);
  }
  .target:last-child {
    border-bottom: 0;
  }
  .line {
    display: flex;
    align-items: center;
    gap: 8px;
    width: 100%;
    min-height: 28px;
    border: 0;
    padding: 0;
    background: none;
    text-align: left;
  }
  button.line {
    cursor: pointer;
  }
  .line b {
    font-weight: 500;
  }
  .marks {
    display: grid;
    grid-template-columns: repeat(3, minmax(0, 1fr));
    margin: 8px 0;
    font-size: 12px;
    line-height: 17px;
  }
  .mark {
    position: relative;
    padding-top: 16px;
    color: var(--text-2);
  }
  .mark b {
    display: block;
    font-weight: 500;
    color: var(--text);
  }
  .mark::before {
    content: '';
    position: absolute;
    top: 2px;
    left: 0;
    z-index: 1;
    width: 9px;
    height: 9px;
    border: 1.5px solid var(--line-strong);
    border-radius: 50%;
    background: var(--surface);
  }
  .mark::after {
    content: '';
    position: absolute;
    top: 6px;
    left: 0;
    width: 100%;
    height: 1.5px;
    background: var(--line-strong);
  }
  .mark:last-child::after {
    display: none;
  }
  .mark.red::before {
    border-color: var(--stop-fill);
    border-radius: 1px;
    background: var(--stop-fill);
  }
  .mark.red::after {
    background: var(--stop-fill);
  }
  .mark.green::before {
    border-color: var(--t1-fill);
    background: var(--t1-fill);
  }
  .mark.green::after {
    background: var(--t1-fill);
  }
  .rule {
    margin-top: 6px;
  }
  .rule.many {
    padding-left: 8px;
    border-left: 1.5px solid var(--line-strong);
  }
  .bar {
    display: grid;
    grid-template-columns: 44px minmax(40px, 1fr) 80px 116px;
    align-items: center;
    gap: 8px;
    min-height: 26px;
  }
  .bar svg {
    width: 100%;
    height: 14px;
    overflow: visible;
  }
  .bar .right {
    text-align: right;
    white-space: nowrap;
  }
  .bar b {
    font-weight: 600;
    color: var(--text);
  }
  .ground {
    fill: var(--sunken);
    stroke: var(--line);
  }
  .value {
    fill: var(--text-3);
  }
  .value.over {
    fill: var(--stop-fill);
  }
  .young {
    stroke: var(--text-3);
    stroke-width: 1.5;
    stroke-dasharray: 2 2;
    fill: none;
  }
  .limit {
    fill: var(--text);
  }
  .over-text {
    color: var(--stop);
  }
  .note {
    padding: 16px;
  }
  @container (max-width: 420px) {
    .bar {
      grid-template-columns: 44px minmax(30px, 1fr) 70px 100px;
      gap: 4px;
    }
  }
`;
