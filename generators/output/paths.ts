/** Names that Windows keeps for devices, whatever the extension. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const UNSAFE = /[<>:"|?*\\\u0000-\u001f\u007f]/;

/** A name longer than this leaves no room for what a file system or the writer appends. */
const MAX_NAME_BYTES = 200;

const findNameFault = (name: string): string | undefined => {
  if (name === '') return 'it has an empty segment';
  if (name === '.' || name === '..') return `it has the segment "${name}"`;
  if (name.startsWith('.')) return `"${name}" starts with a dot, which is kept for the writer's own files`;
  const unsafe = UNSAFE.exec(name)?.[0];
  if (unsafe !== undefined) return `${JSON.stringify(unsafe)} is not allowed in a file name everywhere`;
  if (/[. ]$/.test(name)) return `"${name}" ends with a ${name.endsWith('.') ? 'dot' : 'space'}, which Windows drops`;
  if (DEVICE.test(name)) return `"${name}" is the name of a device on Windows`;
  if (/\p{Surrogate}/u.test(name)) return 'it is no valid Unicode';
  if (new TextEncoder().encode(name).length > MAX_NAME_BYTES)
    return `the name "${name.slice(0, 40)}..." is longer than ${MAX_NAME_BYTES} bytes`;
  return undefined;
};

/** Why `path`, relative to the output folder, cannot be written on every system; nothing when it can. */
export const findPathFault = (path: string): string | undefined => {
  if (path === '') return 'it is empty';
  if (path.startsWith('/') || /^[a-z]:/i.test(path)) return 'it is absolute';
  return path
    .split('/')
    .map(findNameFault)
    .find((fault) => fault !== undefined);
};

/** What two paths share when a file system that ignores case or the form of accents takes them for one. */
export const foldPath = (path: string): string => path.normalize('NFC').toLowerCase().normalize('NFC');

/** The folders above `path`, outermost first: `a/b/c` gives `a`, `a/b`. */
export const foldersOf = (path: string): readonly string[] => {
  const names = path.split('/');
  return names.slice(1).map((_, index) => names.slice(0, index + 1).join('/'));
};
