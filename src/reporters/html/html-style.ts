// The style sheet of the page: dense, the reader's own fonts, light or dark like the system, also for paper and phones.

/** One style sheet without any address in it. */
export const STYLE = `
:root {
  --paper: #fbfbfa; --card: #fff; --ink: #1d1d1f; --quiet: #6e6e73; --line: #e4e4e2; --code: #f3f3f1; --link: #0b57d0;
  --ok: #2f8f4e; --failed: #c8372d; --waiting: #b7791f; --canceled: #8e8e93;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #161618; --card: #1d1d20; --ink: #e8e8ea; --quiet: #9a9aa0; --line: #303034; --code: #26262a; --link: #8ab4f8;
    --ok: #57b877; --failed: #ef6b61; --waiting: #dda448; --canceled: #85858b;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 4.5rem; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  overflow-wrap: anywhere;
}
main { max-width: 62rem; margin: 0 auto; padding: 2.5rem 1.5rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; font-weight: 600; letter-spacing: -.02em; margin: .2rem 0 1rem; }
section { margin-top: 2.5rem; }
h2 { font-size: .8rem; font-weight: 600; color: var(--quiet); margin: 0 0 .75rem; }
a { color: var(--link); text-decoration-thickness: 1px; text-underline-offset: .15em; }
code, pre { font-family: var(--mono); font-size: .87em; }
.kicker { margin: 0; color: var(--quiet); font-size: .87rem; }
.quiet, small { color: var(--quiet); }
.badge {
  margin-left: .75em; padding: .1em .6em; border: 1px solid currentColor; border-radius: 1em;
  color: var(--waiting); font-size: .8rem; font-weight: 500; white-space: nowrap;
}
.share { display: block; width: 100%; height: 6px; border-radius: 3px; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: .5rem 0 0; font-size: .87rem; color: var(--quiet); }
.legend i { display: inline-block; width: .6em; height: .6em; border-radius: 50%; margin-right: .5em; }
i.ok { background: var(--ok); } i.failed { background: var(--failed); }
i.waiting { background: var(--waiting); } i.canceled { background: var(--canceled); }
rect.ok { fill: var(--ok); } rect.failed { fill: var(--failed); }
rect.waiting { fill: var(--waiting); } rect.canceled { fill: var(--canceled); }
rect.tried { fill: var(--failed); opacity: .45; } rect.between { fill: var(--waiting); opacity: .25; }
rect.queued { fill: var(--line); opacity: .6; } rect.pause { fill: var(--code); }
.facts {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: 1rem 1.5rem;
  margin: 1.5rem 0 0; padding: 1rem 0; border: solid var(--line); border-width: 1px 0;
}
.facts dt { color: var(--quiet); font-size: .8rem; }
.facts dd { margin: 0; font-size: 1.2rem; font-variant-numeric: tabular-nums; }
.facts small { display: block; font-size: .8rem; }
.failures { list-style: none; margin: 0; padding: 0; }
.failures li + li { margin-top: 1rem; }
.failures .quiet { font-size: .87rem; }
.failure { margin: .35rem 0; padding-left: .9rem; border-left: 2px solid var(--failed); }
.failure.waiting { border-color: var(--waiting); } .failure.canceled { border-color: var(--canceled); }
.failure p { margin: 0; } .failure b { font-weight: 600; }
.hint { margin: 0; color: var(--quiet); font-size: .93em; }
.next { margin: 1.25rem 0 0; font-size: .93em; }
.next code, .answer :not(pre) > code { background: var(--code); padding: .12em .35em; border-radius: 4px; }
.timeline { max-height: 32rem; overflow-y: auto; border: solid var(--line); border-width: 1px 0; padding-bottom: .4rem; }
.row {
  display: grid; grid-template-columns: 11rem 1fr 5.5rem; gap: .75rem; align-items: center; padding: .14rem 0;
  color: inherit; text-decoration: none; font-size: .87rem; line-height: 1.3;
}
.row:hover .name { text-decoration: underline; }
.row .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.row svg { display: block; width: 100%; height: 10px; overflow: visible; }
.axis { position: sticky; top: 0; background: var(--paper); padding: .4rem 0 .2rem; }
.axis .ticks { height: 13px; } .ticks text { fill: var(--quiet); font-size: 11px; }
.time { text-align: right; color: var(--quiet); font-variant-numeric: tabular-nums; white-space: nowrap; }
.task { background: var(--card); border: 1px solid var(--line); border-bottom-width: 0; }
.task:first-child { border-radius: 8px 8px 0 0; }
.task:last-child { border-bottom-width: 1px; border-radius: 0 0 8px 8px; }
.task:only-child { border-radius: 8px; }
summary { cursor: pointer; }
.task > summary { display: flex; align-items: baseline; gap: .75rem; padding: .5rem 1rem; list-style: none; }
.task > summary::-webkit-details-marker { display: none; }
.task > summary:hover { background: var(--code); }
.task[open] > summary {
  position: sticky; top: 0; z-index: 1; background: var(--card); border-bottom: 1px solid var(--line); border-radius: 8px 8px 0 0;
}
summary .no { min-width: 1.6em; color: var(--quiet); font-size: .8rem; font-variant-numeric: tabular-nums; }
summary .name { font-weight: 600; }
summary .quiet { flex: 1; font-size: .87rem; }
summary .time { min-width: 4rem; font-size: .87rem; }
.status { font-size: .75rem; font-weight: 600; letter-spacing: .03em; }
.status.ok { color: var(--ok); } .status.failed { color: var(--failed); }
.status.waiting { color: var(--waiting); } .status.canceled { color: var(--canceled); }
.body { padding: .75rem 1rem 1rem; }
.meta { margin: 0 0 .75rem; color: var(--quiet); font-size: .8rem; }
.answer { max-width: 46rem; }
.answer > :first-child { margin-top: 0; } .answer > :last-child { margin-bottom: 0; }
.answer h1, .answer h2, .answer h3, .answer h4, .answer h5, .answer h6 {
  margin: 1.4em 0 .5em; font-size: 1rem; line-height: 1.3; font-weight: 600; letter-spacing: 0; color: inherit;
}
.answer h1 { font-size: 1.25rem; } .answer h2 { font-size: 1.12rem; }
.answer p, .answer ul, .answer ol, .answer blockquote, .answer table, .answer pre { margin: .7em 0; }
.answer ul, .answer ol { padding-left: 1.5em; } .answer li { margin: .2em 0; }
.answer blockquote { padding-left: 1em; border-left: 2px solid var(--line); color: var(--quiet); }
.answer hr { border: 0; border-top: 1px solid var(--line); margin: 1.5em 0; }
.answer table { display: block; overflow-x: auto; border-collapse: collapse; font-size: .93em; font-variant-numeric: tabular-nums; }
.answer th, .answer td { padding: .35em .8em .35em 0; border-bottom: 1px solid var(--line); vertical-align: top; }
.answer th:not([align]) { text-align: left; } .answer th { font-weight: 600; }
pre { overflow-x: auto; padding: .75rem .9rem; border-radius: 6px; background: var(--code); line-height: 1.45; tab-size: 4; }
pre code { font-size: 1em; }
.raw { margin-top: .9rem; } .raw > summary { color: var(--quiet); font-size: .8rem; }
.raw pre, .command, .long { white-space: pre-wrap; max-height: 30rem; overflow-y: auto; }
footer { margin-top: 2.5rem; color: var(--quiet); font-size: .8rem; }
@media (max-width: 40rem) {
  main { padding: 1.25rem 1rem 3rem; }
  h1 { font-size: 1.5rem; }
  .facts { grid-template-columns: 1fr 1fr; }
  .row { grid-template-columns: 6rem 1fr 5rem; gap: .5rem; }
  .task > summary { flex-wrap: wrap; gap: .1rem .6rem; } .task > summary .name { flex: 1; }
  .task > summary .quiet { order: 1; flex-basis: 100%; padding-left: 2.2em; }
  summary .time { min-width: 0; }
}
@media print {
  :root { --paper: #fff; --card: #fff; --ink: #000; --quiet: #555; --line: #ccc; --code: #f5f5f5; --link: #000; }
  body { font-size: 10pt; }
  main { max-width: none; padding: 0; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .timeline, .raw pre, .command, .long { max-height: none; overflow: visible; }
  pre { white-space: pre-wrap; }
  .task[open] > summary, .axis { position: static; }
  .task::details-content { content-visibility: visible; display: block; height: auto; }
  .raw { display: none; }
  .row, .failures li { break-inside: avoid; } h2, summary { break-after: avoid; }
}
`;
