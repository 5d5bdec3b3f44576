import { css } from 'lit';

/** What every element uses: buttons, fields, panels, tags. */
export const base = css`
  :host {
    display: block;
    container-type: inline-size;
  }
  :host([hidden]) {
    display: none;
  }
  *,
  ::before,
  ::after {
    box-sizing: border-box;
  }
  h1,
  h2,
  h3,
  p,
  ul,
  ol,
  dl,
  dd {
    margin: 0;
    padding: 0;
    font: inherit;
  }
  ul,
  ol {
    list-style: none;
  }
  button,
  input,
  select,
  textarea {
    font: inherit;
    color: inherit;
    margin: 0;
  }
  :focus-visible {
    outline: 2px solid var(--focus);
    outline-offset: 2px;
    border-radius: 6px;
  }
  svg {
    display: block;
    flex: none;
  }
  .icon {
    width: 16px;
    height: 16px;
    fill: none;
    stroke: currentcolor;
    stroke-width: 1.5;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 8px;
    min-height: 28px;
    padding: 3px 11px;
    border: 1px solid var(--line-strong);
    border-radius: 6px;
    background: var(--surface);
    color: var(--text);
    font-weight: 500;
    white-space: nowrap;
    cursor: pointer;
  }
  .button:hover {
    background: var(--hover);
  }
  .button.primary {
    background: var(--accent);
    border-color: var(--accent);
    color: var(--on-accent);
  }
  .button.danger {
    background: var(--stop-fill);
    border-color: var(--stop-fill);
    color: var(--on-stop);
  }
  .button.quiet,
  .icon-button {
    border-color: transparent;
    background: transparent;
    color: var(--text-2);
  }
  .button.quiet:hover,
  .icon-button:hover {
    background: var(--hover);
    color: var(--text);
  }
  .icon-button {
    display: inline-grid;
    place-items: center;
    width: 28px;
    height: 28px;
    padding: 0;
    border: 0;
    border-radius: 6px;
    cursor: pointer;
  }
  .button[aria-disabled='true'],
  .icon-button[aria-disabled='true'] {
    opacity: 0.55;
    cursor: not-allowed;
  }
  .link {
    border: 0;
    padding: 0;
    background: none;
    color: var(--accent);
    font-weight: 500;
    cursor: pointer;
  }
  .link:hover {
    text-decoration: underline;
  }
  .field {
    width: 100%;
    min-height: 32px;
    padding: 5px 9px;
    border: 1px solid var(--line-strong);
    border-radius: 6px;
    background: var(--surface);
  }
  .field::placeholder {
    color: var(--text-3);
    opacity: 1;
  }
  .field[aria-invalid='true'] {
    border-color: var(--stop-fill);
    box-shadow: inset 0 0 0 1px var(--stop-fill);
  }
  .panel {
    border: 1px solid var(--line);
    border-radius: 10px;
    background: var(--surface);
  }
  .panel-head {
    display: flex;
    align-items: center;
    gap: 8px;
    min-height: 48px;
    padding: 8px 16px;
    border-bottom: 1px solid var(--line);
  }
  .panel-head h2 {
    font-weight: 600;
    white-space: nowrap;
  }
  .panel-head .small {
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .push {
    margin-left: auto;
  }
  .small {
    font-size: 12px;
    line-height: 17px;
  }
  .dim {
    color: var(--text-2);
  }
  .faint {
    color: var(--text-3);
  }
  .cut {
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    unicode-bidi: isolate;
  }
  .tag {
    display: inline-flex;
    align-items: center;
    gap: 4px;
    padding: 1px 7px;
    border-radius: 4px;
    font-size: 12px;
    line-height: 17px;
    font-weight: 500;
    white-space: nowrap;
  }
  .tag .icon {
    width: 12px;
    height: 12px;
  }
  .tag.clear {
    background: var(--t1-soft);
    color: var(--t1);
  }
  .tag.near {
    background: var(--t2-soft);
    color: var(--t2);
  }
  .tag.paused {
    background: var(--stop-soft);
    color: var(--stop);
  }
  .problem {
    display: flex;
    gap: 6px;
    align-items: flex-start;
    color: var(--stop);
    font-size: 12px;
    line-height: 17px;
    font-weight: 500;
  }
  .problem .link {
    color: inherit;
    text-decoration: underline;
  }
  .banner {
    display: flex;
    align-items: center;
    gap: 12px;
    flex-wrap: wrap;
    padding: 8px 16px;
    border-radius: 10px;
    background: var(--stop-soft);
  }
  .banner .icon {
    color: var(--stop);
  }
  .banner.yellow {
    background: var(--t2-soft);
  }
  .banner.yellow .icon {
    color: var(--t2);
  }
  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    margin: -1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @media (max-width: 759px), (pointer: coarse) {
    .button {
      min-height: 36px;
    }
    .icon-button {
      width: 40px;
      height: 40px;
    }
    .panel-head {
      padding: 8px 12px;
    }
  }
`;
