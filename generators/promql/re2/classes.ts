import { categoryRanges, foldRanges, MAX_RUNE, negateRanges, scriptRanges } from './unicode.ts';
import type { RuneRanges } from './unicode.ts';

/*
 * The named classes of RE2: those of Perl, of POSIX, and the properties of Unicode.
 */

/**
 * Which Go package judges. `prometheus`: the fork that Prometheus matches labels with (github.com/grafana/regexp):
 * `.` matches newlines, Unicode properties go by their exact names. `go`: regexp of the standard library since 1.25,
 * as in Alertmanager: names in any case, aliases such as \p{Letter}.
 */
export type Dialect = 'prometheus' | 'go';

const DIGITS: RuneRanges = [0x30, 0x39];
const SPACES: RuneRanges = [0x9, 0xa, 0xc, 0xd, 0x20, 0x20];
const WORD: RuneRanges = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a];

const PERL_GROUPS: Readonly<Record<string, RuneRanges>> = { d: DIGITS, s: SPACES, w: WORD };

const POSIX_GROUPS: ReadonlyMap<string, RuneRanges> = new Map([
  ['alnum', [0x30, 0x39, 0x41, 0x5a, 0x61, 0x7a]],
  ['alpha', [0x41, 0x5a, 0x61, 0x7a]],
  ['ascii', [0x0, 0x7f]],
  ['blank', [0x9, 0x9, 0x20, 0x20]],
  ['cntrl', [0x0, 0x1f, 0x7f, 0x7f]],
  ['digit', DIGITS],
  ['graph', [0x21, 0x7e]],
  ['lower', [0x61, 0x7a]],
  ['print', [0x20, 0x7e]],
  ['punct', [0x21, 0x2f, 0x3a, 0x40, 0x5b, 0x60, 0x7b, 0x7e]],
  ['space', [0x9, 0xd, 0x20, 0x20]],
  ['upper', [0x41, 0x5a]],
  ['word', WORD],
  ['xdigit', [0x30, 0x39, 0x41, 0x46, 0x61, 0x66]],
]);

/** Groups by name, folding and sign; shared, because a pattern can name one a hundred thousand times. */
const groupCache = new Map<string, RuneRanges>();

function groupRanges(key: string, ranges: RuneRanges, { isFolded, isNegated }: ClassModifiers): RuneRanges {
  const cacheKey = `${key} ${isFolded ? 'i' : ''}${isNegated ? '^' : ''}`;
  const known = groupCache.get(cacheKey);
  if (known !== undefined) return known;
  const folded = isFolded ? foldRanges(ranges) : ranges;
  const result = isNegated ? negateRanges(folded) : folded;
  groupCache.set(cacheKey, result);
  return result;
}

/** How a class is meant: its complement, and with what is equal but for case. */
export interface ClassModifiers {
  readonly isNegated: boolean;
  readonly isFolded: boolean;
}

/** The class of `\d`, `\s` or `\w`; in upper case they are negated. */
export function perlClass(letter: string, isFolded: boolean): RuneRanges | undefined {
  const lower = letter.toLowerCase();
  const ranges = Object.hasOwn(PERL_GROUPS, lower) ? PERL_GROUPS[lower] : undefined;
  return ranges && groupRanges(`\\${lower}`, ranges, { isFolded, isNegated: letter !== lower });
}

/** The class of `[:alpha:]` and its like, by the name between the colons. */
export function posixClass(name: string, modifiers: ClassModifiers): RuneRanges | undefined {
  const ranges = POSIX_GROUPS.get(name);
  return ranges && groupRanges(`:${name}`, ranges, modifiers);
}

/** The class of a Unicode property, by name. */
export function unicodeClass(name: string, dialect: Dialect, modifiers: ClassModifiers): RuneRanges | undefined {
  const property = findProperty(name, dialect);
  if (property === undefined) return undefined;
  return groupRanges(property.key, property.ranges, {
    // Go has no folding table for LC, though three characters outside it fold into it.
    isFolded: modifiers.isFolded && property.key !== 'LC',
    isNegated: modifiers.isNegated !== property.isInverse,
  });
}

interface Property {
  readonly key: string;
  readonly ranges: RuneRanges;
  readonly isInverse: boolean;
}

/** Long names of the categories (PropertyValueAliases.txt), as Go's standard library knows them since 1.25. */
const CATEGORY_ALIASES: Readonly<Record<string, string>> = {
  Casedletter: 'LC',
  Closepunctuation: 'Pe',
  Combiningmark: 'M',
  Connectorpunctuation: 'Pc',
  Control: 'Cc',
  Currencysymbol: 'Sc',
  Dashpunctuation: 'Pd',
  Decimalnumber: 'Nd',
  Enclosingmark: 'Me',
  Finalpunctuation: 'Pf',
  Format: 'Cf',
  Initialpunctuation: 'Pi',
  Letter: 'L',
  Letternumber: 'Nl',
  Lineseparator: 'Zl',
  Lowercaseletter: 'Ll',
  Mark: 'M',
  Mathsymbol: 'Sm',
  Modifierletter: 'Lm',
  Modifiersymbol: 'Sk',
  Nonspacingmark: 'Mn',
  Number: 'N',
  Openpunctuation: 'Ps',
  Other: 'C',
  Otherletter: 'Lo',
  Othernumber: 'No',
  Otherpunctuation: 'Po',
  Othersymbol: 'So',
  Paragraphseparator: 'Zp',
  Privateuse: 'Co',
  Punctuation: 'P',
  Separator: 'Z',
  Spaceseparator: 'Zs',
  Spacingmark: 'Mc',
  Surrogate: 'Cs',
  Symbol: 'S',
  Titlecaseletter: 'Lt',
  Unassigned: 'Cn',
  Uppercaseletter: 'Lu',
  Cntrl: 'Cc',
  Digit: 'Nd',
  Punct: 'P',
};

function findProperty(name: string, dialect: Dialect): Property | undefined {
  if (dialect === 'prometheus') return name === 'Any' ? ANY : byExactName(name);
  const plain = canonicalName(name);
  if (plain === 'Any') return ANY;
  if (plain === 'Assigned') return { key: 'Cn', ranges: categoryRanges('Cn') ?? [], isInverse: true };
  if (plain === 'Ascii') return { key: 'Ascii', ranges: [0, 0x7f], isInverse: false };
  if (plain === 'Lc') return byExactName('LC');
  const alias = Object.hasOwn(CATEGORY_ALIASES, plain) ? CATEGORY_ALIASES[plain] : undefined;
  // Go asks for the name in this form, so it finds neither LC nor a script with an underscore by it.
  return byExactName(plain) ?? (alias === undefined ? undefined : byExactName(alias));
}

const ANY: Property = { key: 'Any', ranges: [0, MAX_RUNE], isInverse: false };

function byExactName(name: string): Property | undefined {
  const ranges = categoryRanges(name) ?? scriptRanges(name);
  return ranges && { key: name, ranges, isInverse: false };
}

/** A first letter in upper case, the others in lower case, without underscores, spaces and hyphens; ASCII only. */
function canonicalName(name: string): string {
  const plain = name.replace(/[_\- ]/g, '');
  const lower = plain.slice(1).replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return plain.slice(0, 1).replace(/[a-z]/, (letter) => letter.toUpperCase()) + lower;
}
