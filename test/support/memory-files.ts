import type { FileSystem } from '../../generators/output/file-system.ts';
import type { Tree } from './output-tree.ts';

type Node =
  | { readonly kind: 'file'; readonly content: Uint8Array; readonly mode: number }
  | { readonly kind: 'folder' }
  | { readonly kind: 'link'; readonly text: string };

const fail = (code: string, syscall: string): never => {
  throw Object.assign(new Error(`${code}: ${syscall}`), { code, syscall });
};

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';

/** A file system in memory that refuses what a real one refuses, for tests with thousands of runs. */
export interface MemoryFiles {
  readonly io: FileSystem;
  /** Everything below a folder but the manifest; as `OutputTree.read`. */
  readonly read: (folder: string) => Tree;
  readonly put: (path: string, text: string) => void;
  /** Removes a file and the folders that it leaves empty. */
  readonly prune: (path: string) => void;
}

/** An empty file system with one folder. */
export const memoryFiles = (root: string): MemoryFiles => {
  const nodes = new Map<string, Node>([
    ['/', { kind: 'folder' }],
    [root, { kind: 'folder' }],
  ]);
  const inner = (path: string): readonly string[] => [...nodes.keys()].filter((each) => each.startsWith(`${path}/`));
  const requireParent = (path: string, syscall: string): void => {
    const parent = nodes.get(parentOf(path));
    if (parent === undefined) fail('ENOENT', syscall);
    if (parent?.kind !== 'folder') fail('ENOTDIR', syscall);
  };
  const requireNode = (path: string, syscall: string): Node => nodes.get(path) ?? fail('ENOENT', syscall);
  const add = (path: string, node: Node, syscall: string): void => {
    requireParent(path, syscall);
    if (nodes.has(path)) fail('EEXIST', syscall);
    nodes.set(path, node);
  };

  const io: FileSystem = {
    look: (path) => {
      const node = nodes.get(path);
      return node && { kind: node.kind, mode: node.kind === 'file' ? node.mode : 0o755 };
    },
    read: (path) => {
      const node = requireNode(path, 'open');
      return node.kind === 'file' ? node.content : fail('EISDIR', 'read');
    },
    list: (path) => {
      if (requireNode(path, 'scandir').kind !== 'folder') fail('ENOTDIR', 'scandir');
      return inner(path)
        .map((each) => each.slice(path.length + 1))
        .filter((name) => !name.includes('/'))
        .toSorted();
    },
    makeFolder: (path) => add(path, { kind: 'folder' }, 'mkdir'),
    create: (path, content, mode = 0o644) => add(path, { kind: 'file', content: content.slice(), mode }, 'open'),
    rename: (from, to) => {
      const node = requireNode(from, 'rename');
      requireParent(to, 'rename');
      if (nodes.get(to)?.kind === 'folder') fail('EISDIR', 'rename');
      if (node.kind === 'folder') fail('EINVAL', 'rename');
      nodes.delete(from);
      nodes.set(to, node);
    },
    remove: (path) => {
      if (requireNode(path, 'unlink').kind === 'folder') fail('EISDIR', 'unlink');
      nodes.delete(path);
    },
    removeFolder: (path) => {
      if (requireNode(path, 'rmdir').kind !== 'folder') fail('ENOTDIR', 'rmdir');
      if (inner(path).length > 0) fail('ENOTEMPTY', 'rmdir');
      nodes.delete(path);
    },
    sync: (path) => void requireNode(path, 'open'),
    link: (text, path) => add(path, { kind: 'link', text }, 'symlink'),
    readLink: (path) => {
      const node = requireNode(path, 'readlink');
      return node.kind === 'link' ? node.text : fail('EINVAL', 'readlink');
    },
  };

  return {
    io,
    read: (folder) =>
      Object.fromEntries(
        inner(folder).flatMap((path): [string, string][] => {
          const node = requireNode(path, 'test');
          const name = path.slice(folder.length + 1);
          if (name === '.manifest.json') return [];
          if (node.kind === 'folder') return inner(path).length === 0 ? [[`${name}/`, '']] : [];
          return [[name, node.kind === 'file' ? new TextDecoder().decode(node.content) : '->']];
        }),
      ),
    put: (path, text) => {
      const missing: string[] = [];
      for (let above = parentOf(path); !nodes.has(above); above = parentOf(above)) missing.push(above);
      for (const above of missing) nodes.set(above, { kind: 'folder' });
      nodes.set(path, { kind: 'file', content: new TextEncoder().encode(text), mode: 0o644 });
    },
    prune: (path) => {
      nodes.delete(path);
      for (let above = parentOf(path); above !== root && inner(above).length === 0; above = parentOf(above))
        nodes.delete(above);
    },
  };
};
