import { css } from 'lit';

export const situationStyles = css`
  .situation {
    display: grid;
    grid-template-columns: 40px 1.25fr 150px 1.15fr auto;
    column-gap: 16px;
    overflow: hidden;
  }
  .situation ul {
    display: grid;
    grid-column: 1 / -1;
    grid-template-columns: subgrid;
  }
  .situation h2 {
    font-size: 12px;
    font-weight: 600;
  }
  .caption,
  .line {
    display: grid;
    grid-column: 1 / -1;
    grid-template-columns: subgrid;
    align-items: center;
    padding: 0 12px 0 16px;
  }
  .caption {
    min-height: 28px;
    background: var(--sunken);
    border-bottom: 1px solid var(--line);
  }
  .caption h2 {
    grid-column: 1 / 3;
  }
  .caption.decided {
    grid-template-columns: auto minmax(0, 1fr) auto;
    column-gap: 12px;
    min-height: 36px;
    border-bottom: 0;
  }
  .caption.decided h2 {
    grid-column: 1;
  }
  .line {
    min-height: 54px;
    padding-top: 7px;
    padding-bottom: 7px;
    border-bottom: 1px solid var(--line);
  }
  .person .line {
    box-shadow: inset 3px 0 0 var(--stop-fill);
  }
  .line.more {
    min-height: 36px;
    display: block;
  }
  .line > div {
    min-width: 0;
  }
  .line b {
    display: block;
    font-weight: 500;
  }
  .second {
    display: block;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .critical {
    display: inline-grid;
    color: var(--stop-fill);
  }
  .critical .icon {
    width: 20px;
    height: 20px;
  }
  .do {
    display: flex;
    gap: 8px;
    justify-content: flex-end;
  }
  @container (max-width: 759px) {
    .situation,
    .situation ul {
      display: block;
    }
    .caption {
      display: flex;
      padding: 0 12px;
    }
    .caption.decided {
      display: grid;
      grid-template-columns: minmax(0, 1fr) auto;
      padding: 8px 12px;
    }
    .caption.decided .cut {
      grid-row: 2;
      grid-column: 1 / -1;
      white-space: normal;
    }
    .line {
      display: grid;
      grid-template-columns: 24px minmax(0, 1fr) auto;
      gap: 4px 14px;
      align-items: start;
      padding: 12px;
    }
    .line .sign {
      grid-row: 1;
    }
    .line .what {
      grid-column: 2;
      grid-row: 1;
    }
    .line .from,
    .line .next {
      grid-column: 2 / -1;
    }
    .line .from {
      display: flex;
      gap: 6px;
      align-items: baseline;
    }
    .line .do {
      grid-column: 3;
      grid-row: 1;
    }
    .person .line .what,
    .person .line .do {
      grid-column: 2 / -1;
    }
    .person .line .do {
      grid-row: auto;
      justify-content: stretch;
      margin-top: 4px;
    }
    .person .line .do .button:first-child {
      flex: 1;
    }
  }
`;
