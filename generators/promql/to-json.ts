/** Where a value stands while it is being written. */
interface Open {
  readonly close: string;
  readonly keys: readonly string[] | undefined;
  readonly values: readonly unknown[];
  next: number;
}

/** Deeper levels are indented no further. */
const MAX_LEVELS = 100;

/**
 * A tree as JSON, however deep it is. JSON has no word for some numbers: `"NaN"`, `"+Inf"` and `"-Inf"` stand for them.
 * `indent` is the number of spaces a level is indented by; 0 puts everything into one line.
 */
export function toJson(root: unknown, indent = 0): string {
  const stack: Open[] = [];
  let out = '';
  const breakLine = (): void => {
    if (indent > 0) out += `\n${' '.repeat(indent * Math.min(stack.length, MAX_LEVELS))}`;
  };
  const write = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) {
      out += writePlain(value);
      return;
    }
    const isList = Array.isArray(value);
    const entries = Object.entries<unknown>({ ...value }).filter(([, entry]) => entry !== undefined);
    out += isList ? '[' : '{';
    stack.push({
      close: isList ? ']' : '}',
      keys: isList ? undefined : entries.map(([key]) => key),
      values: entries.map(([, entry]) => entry),
      next: 0,
    });
  };
  write(root);
  for (let open = stack.at(-1); open !== undefined; open = stack.at(-1)) {
    if (open.next === open.values.length) {
      stack.pop();
      if (open.values.length > 0) breakLine();
      out += open.close;
      continue;
    }
    if (open.next > 0) out += ',';
    breakLine();
    const key = open.keys?.[open.next];
    if (key !== undefined) out += `${JSON.stringify(key)}:${indent > 0 ? ' ' : ''}`;
    write(open.values[open.next++]);
  }
  return out;
}

function writePlain(value: unknown): string {
  if (typeof value !== 'number' || Number.isFinite(value)) return JSON.stringify(value);
  return Number.isNaN(value) ? '"NaN"' : value > 0 ? '"+Inf"' : '"-Inf"';
}
