import { css } from 'lit';

export const drawerStyles = css`
  :host {
    container-type: normal;
  }
  aside {
    position: fixed;
    z-index: 20;
    inset: 0 0 0 auto;
    width: min(640px, 100vw);
    overflow-y: auto;
    border-left: 1px solid var(--line);
    background: var(--surface);
    box-shadow: -12px 0 32px rgb(0 0 0 / 18%);
    animation: come 160ms ease-out;
    container-type: inline-size;
    overscroll-behavior: contain;
  }
  @keyframes come {
    from {
      opacity: 0;
      transform: translateX(8px);
    }
  }
  @media (prefers-reduced-motion: reduce) {
    aside {
      animation: none;
    }
  }
  header {
    position: sticky;
    top: 0;
    z-index: 1;
    display: flex;
    align-items: center;
    gap: 8px;
    padding: 12px 20px 8px;
    background: var(--surface);
  }
  h2 {
    font: 600 17px/24px var(--sans);
    overflow-wrap: anywhere;
    max-height: 96px;
    overflow-y: auto;
    unicode-bidi: isolate;
  }
  .facts {
    display: grid;
    grid-template-columns: 1.2fr 1.2fr 1fr;
    gap: 12px;
    padding: 4px 20px 12px;
  }
  dt,
  .facts .more {
    font-size: 12px;
    line-height: 17px;
    color: var(--text-3);
  }
  dd {
    min-width: 0;
  }
  dd b {
    display: block;
    font-weight: 500;
    overflow-wrap: anywhere;
  }
  .buttons {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    padding: 0 20px 12px;
  }
  section,
  tierfall-ledger {
    display: block;
    padding: 16px 20px;
    border-top: 1px solid var(--line);
  }
  .title {
    display: flex;
    gap: 8px;
    margin-bottom: 8px;
  }
  h3 {
    font-weight: 600;
  }
  .step {
    display: flex;
    align-items: center;
    gap: 12px;
    min-height: 44px;
    margin: 0 -8px;
    padding: 2px 8px;
    border-radius: 6px;
  }
  .step.s1 {
    margin-left: 6px;
  }
  .step.s2 {
    margin-left: 20px;
  }
  .step.s3 {
    margin-left: 34px;
  }
  .step.s4 {
    margin-left: 48px;
  }
  .step.s5 {
    margin-left: 62px;
  }
  .step.here {
    background: var(--accent-soft);
  }
  .model-text {
    flex: 1;
    min-width: 0;
  }
  .model-text .cut {
    display: block;
  }
  .standing {
    flex: none;
    text-align: right;
    color: var(--text-2);
  }
  .standing b {
    font-weight: 600;
    color: var(--text);
  }
  .lead {
    font-size: 14px;
    line-height: 21px;
  }
  .lead b {
    font-weight: 600;
  }
  .share {
    display: grid;
    grid-template-columns: minmax(0, 1fr) 40px 44px minmax(60px, 30%);
    align-items: center;
    gap: 8px;
    min-height: 28px;
  }
  .share .n {
    text-align: right;
  }
  .share meter {
    width: 100%;
    height: 8px;
    border: 0;
    background: var(--sunken);
  }
  meter::-webkit-meter-bar {
    height: 8px;
    border: 1px solid var(--line);
    border-radius: 2px;
    background: var(--sunken);
  }
  meter::-webkit-meter-optimum-value {
    border-radius: 2px;
    background: var(--text-3);
  }
  meter::-moz-meter-bar {
    background: var(--text-3);
  }
  .numbered {
    padding-left: 20px;
    list-style: decimal;
    color: var(--text-2);
  }
  .numbered li {
    padding: 2px 0;
  }
  .report h3 {
    margin-bottom: 8px;
  }
  select.field {
    width: auto;
    min-height: 28px;
    padding: 2px 8px;
  }
  @container (max-width: 480px) {
    .facts {
      grid-template-columns: 1fr;
      gap: 6px;
    }
  }
`;
