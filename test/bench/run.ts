import { readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import type { Bench, Measurement } from './bench.ts';

/** `npm run bench [WORD ...]`: runs every *.bench.ts here whose name contains one of the words, one after the other. */
const words = process.argv.slice(2);
const names = readdirSync(new URL('.', import.meta.url))
  .filter((name) => name.endsWith('.bench.ts'))
  .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
  .toSorted();

const isBeyond = ({ value, unit, limit }: Measurement): boolean =>
  limit !== undefined && (unit === '1/s' ? value < limit : value > limit);

const show = (measurement: Measurement): string => {
  const { name, value, unit, limit } = measurement;
  const digits = value >= 100 ? 0 : 2;
  const verdict = limit === undefined ? '' : `  ${isBeyond(measurement) ? 'BEYOND' : 'within'} ${limit} ${unit}`;
  return `  ${name.padEnd(52)}${value.toFixed(digits).padStart(10)} ${unit.padEnd(3)}${verdict}`.trimEnd();
};

process.stdout.write(`Node ${process.version}, ${cpus().length} cores\n`);
for (const name of names) {
  const { bench } = (await import(new URL(name, import.meta.url).href)) as { readonly bench: Bench };
  process.stdout.write(`\n${name.replace('.bench.ts', '')}\n`);
  const measurements = await bench();
  for (const measurement of measurements) process.stdout.write(`${show(measurement)}\n`);
  if (measurements.some(isBeyond)) process.exitCode = 1;
}
