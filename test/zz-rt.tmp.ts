import fc from 'fast-check';
import { promqlArbitraries, stripParens } from './support/promql-arbitrary.ts';
import { parse } from '../generators/promql/parse.ts';
import { print, printPretty } from '../generators/promql/print.ts';
import { equals } from '../generators/promql/walk.ts';
const n = Number(process.argv[2] ?? 2000), seed = Number(process.argv[3] ?? 1);
let bad = 0, i = 0;
for (const t of fc.sample(promqlArbitraries().expr, { numRuns: n, seed })) {
  i++;
  const text = print(t);
  const r = parse(text);
  const fail = (why: string, more = '') => { bad++; if (bad < 12) console.log(why, '\n  ', text.slice(0, 400), '\n  ', more.slice(0, 500)); };
  if (r.errors.length || !r.expr) { fail('ERR', JSON.stringify(r.errors)); continue; }
  if (!equals(stripParens(r.expr), stripParens(t))) { fail('TREE', print(r.expr)); continue; }
  if (print(r.expr) !== text) { fail('IDEM', print(r.expr)); continue; }
  for (const width of [100, 40, 1]) {
    const pretty = printPretty(t, { width });
    const p = parse(pretty);
    if (p.errors.length || !p.expr || !equals(p.expr, r.expr)) { fail('PRETTY', pretty + JSON.stringify(p.errors)); break; }
    if (printPretty(p.expr, { width }) !== pretty) { fail('PIDEM', pretty); break; }
  }
}
console.log({ i, bad });
