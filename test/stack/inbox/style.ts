/** How the pages look, in light and in dark. */
export const STYLE = `
:root {
  --bg: #f6f7f9; --card: #fff; --line: #dfe3e8; --text: #1b2330; --soft: #566173;
  --bad: #b3261e; --bad-bg: #fdecea; --good: #1b6e3c; --good-bg: #e6f4ea; --tag: #eceff3; --link: #1a56b0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg: #14181f; --card: #1d232d; --line: #323b49; --text: #e6eaf0; --soft: #a3aebd;
    --bad: #ff9d94; --bad-bg: #4a1f1c; --good: #83d6a2; --good-bg: #183a26; --tag: #2b3441; --link: #8ab8ff;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 72rem; background: var(--bg); color: var(--text);
  font: 15px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.05rem; margin: 0; display: inline; overflow-wrap: anywhere; }
h1 .badge { vertical-align: middle; }
a { color: var(--link); }
header { margin-bottom: .75rem; }
header form { display: inline-flex; flex-wrap: wrap; gap: .75rem; align-items: center; margin: .5rem 1rem 0 0; }
select, button { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line);
  border-radius: 6px; padding: .25rem .5rem; max-width: 18rem; }
.sub, .labels, time { color: var(--soft); } .sub { margin: .25rem 0; }
section { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--line); border-radius: 8px;
  padding: .9rem 1.1rem; margin: 0 0 1rem; overflow-x: auto; }
section.firing { border-left-color: var(--bad); } section.resolved { border-left-color: var(--good); }
.head { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; } .head time { margin-left: auto; }
.badge { font-size: .8rem; font-weight: 600; border-radius: 999px; padding: .1rem .6rem; }
.firing > .head .badge, .badge.firing { color: var(--bad); background: var(--bad-bg); }
.resolved > .head .badge, .badge.resolved { color: var(--good); background: var(--good-bg); }
.tag { font-size: .8rem; background: var(--tag); border-radius: 4px; padding: .1rem .45rem; }
.sev-critical { background: var(--bad-bg); color: var(--bad); }
.summary { margin: .4rem 0 .6rem; overflow-wrap: anywhere; } .summary .sub { white-space: nowrap; }
table { border-collapse: collapse; width: 100%; font-size: .93rem; }
th { text-align: left; font-weight: 500; color: var(--soft); font-size: .8rem; }
th, td { padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tbody tr:last-child td { border-bottom: 0; }
.num { font-variant-numeric: tabular-nums; white-space: nowrap; } .who { font-weight: 600; overflow-wrap: break-word; }
.dot { display: inline-block; width: .55rem; height: .55rem; border-radius: 50%; margin-right: .4rem; }
.heartbeat > .head .badge { color: var(--soft); background: var(--tag); } .heartbeat tr.firing .dot { background: var(--soft); }
.steps { table-layout: fixed; min-width: 46rem; } .steps th { width: 10%; } .steps th.wide { width: 27%; }
.steps th:first-child { width: 9%; } .steps th:nth-child(3) { width: 13%; } .steps th:nth-child(6) { width: 24%; } .steps th:last-child { width: 7%; }
tr.firing .dot { background: var(--bad); } tr.resolved .dot { background: var(--good); }
tr.repeat { color: var(--soft); } tr.repeat .who { font-weight: 400; }
.labels { font: .8rem/1.4 ui-monospace, monospace; margin: .5rem 0 0; overflow-wrap: anywhere; }
.empty { color: var(--soft); text-align: center; padding: 3rem 0; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: .82rem/1.45 ui-monospace, monospace; margin: .6rem 0 0; }
`;
