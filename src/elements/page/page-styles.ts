import { css } from 'lit';

export const pageStyles = css`
  :host {
    min-height: 100vh;
    background: var(--canvas);
    container-type: inline-size;
  }
  :host([embed]) {
    min-height: 0;
    background: transparent;
  }
  .skip {
    position: absolute;
    left: 8px;
    top: -60px;
    z-index: 40;
  }
  .skip:focus {
    top: 8px;
  }
  .top {
    border-bottom: 1px solid var(--line);
    background: var(--surface);
  }
  .top > div {
    display: flex;
    align-items: center;
    gap: 16px;
    max-width: 1600px;
    min-height: 48px;
    margin: 0 auto;
    padding: 0 24px;
  }
  .back {
    display: inline-flex;
    align-items: center;
    gap: 8px;
    padding-right: 16px;
    border-right: 1px solid var(--line);
    color: var(--text-2);
    text-decoration: none;
  }
  .brand {
    display: inline-flex;
    align-items: center;
    gap: 8px;
    font-weight: 600;
  }
  .m1 {
    fill: var(--t1-fill);
  }
  .m2 {
    fill: var(--t2-fill);
  }
  .m3 {
    fill: var(--t3-fill);
  }
  nav {
    display: flex;
    align-self: stretch;
  }
  nav button {
    border: 0;
    border-bottom: 2px solid transparent;
    padding: 2px 10px 0;
    background: none;
    color: var(--text-2);
    cursor: pointer;
  }
  nav button[aria-current='page'] {
    border-bottom-color: var(--accent);
    color: var(--text);
    font-weight: 500;
  }
  .state {
    display: inline-flex;
    align-items: center;
    gap: 7px;
    color: var(--text-2);
  }
  .dot {
    width: 8px;
    height: 8px;
    border-radius: 50%;
    background: var(--t1-fill);
  }
  .dot.off {
    border: 1.5px solid var(--stop-fill);
    background: none;
  }
  .who {
    max-width: 180px;
    padding: 1px 9px;
    border: 1px solid var(--line);
    border-radius: 12px;
    font-size: 12px;
    line-height: 18px;
  }
  .menu {
    position: relative;
    display: none;
  }
  .menu summary {
    list-style: none;
    cursor: pointer;
  }
  .menu div {
    position: absolute;
    right: 0;
    z-index: 25;
    display: grid;
    gap: 4px;
    min-width: 180px;
    padding: 8px;
    border: 1px solid var(--line);
    border-radius: 10px;
    background: var(--surface);
    box-shadow: 0 8px 24px rgb(0 0 0 / 18%);
  }
  main {
    display: grid;
    gap: 16px;
    max-width: 1600px;
    margin: 0 auto;
    padding: 20px 24px 32px;
  }
  main[hidden] {
    display: none;
  }
  :host([embed]) main {
    padding: 0;
  }
  .headline {
    display: flex;
    gap: 16px;
    align-items: center;
  }
  .headline > .icon {
    width: 26px;
    height: 26px;
    color: var(--t1-fill);
    stroke-width: 1.2;
  }
  h1 {
    font: 600 22px/28px var(--sans);
    letter-spacing: -0.015em;
    overflow-wrap: anywhere;
  }
  .lead {
    font-size: 14px;
    line-height: 21px;
    color: var(--text-2);
    overflow-wrap: anywhere;
  }
  .lead b {
    font-weight: 500;
    color: var(--text);
  }
  .columns {
    display: grid;
    gap: 16px;
    align-items: start;
    grid-template-columns: minmax(0, 1fr);
  }
  .side {
    display: grid;
    gap: 16px;
    align-items: start;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 340px), 1fr));
  }
  @container (min-width: 1320px) {
    .columns.two {
      grid-template-columns: minmax(0, 1fr) 364px;
    }
    .side {
      grid-template-columns: minmax(0, 1fr);
    }
  }
  @container (min-width: 1440px) {
    .columns.two {
      grid-template-columns: minmax(0, 1fr) 392px;
    }
  }
  .keys {
    display: grid;
    grid-template-columns: max-content 1fr;
    gap: 6px 16px;
    margin: 12px 0;
  }
  .keys dt {
    color: var(--text-2);
  }
  .help {
    width: min(480px, calc(100vw - 24px));
    padding: 20px;
    border: 0;
    border-radius: 12px;
    background: var(--surface);
    color: var(--text);
  }
  .help h2 {
    font: 600 16px/22px var(--sans);
  }
  .sign-in {
    display: grid;
    place-items: center;
    min-height: min(80vh, 640px);
    padding: 24px 12px;
  }
  .card {
    display: grid;
    gap: 12px;
    width: min(380px, 100%);
    padding: 28px;
    border: 1px solid var(--line);
    border-radius: 12px;
    background: var(--surface);
  }
  .card h1 {
    margin-top: 4px;
    font-size: 19px;
    line-height: 25px;
  }
  .card label {
    display: grid;
    gap: 5px;
    font-weight: 500;
  }
  .card .field {
    min-height: 36px;
    font-family: var(--mono);
  }
  .card .button {
    min-height: 36px;
  }
  @container (max-width: 759px) {
    .top > div {
      gap: 6px;
      padding: 0 10px;
    }
    nav button {
      padding: 2px 7px 0;
    }
    .back span,
    .brand span,
    .top .wide {
      display: none;
    }
    .back {
      padding-right: 10px;
    }
    .menu {
      display: block;
    }
    main {
      padding: 16px 12px 24px;
    }
    :host([embed]) main {
      padding: 0;
    }
    h1 {
      font-size: 19px;
      line-height: 25px;
    }
    .wide {
      display: none;
    }
    .card {
      padding: 20px;
    }
  }
`;
