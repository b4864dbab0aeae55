import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileSystem } from '../../generators/output/file-system.ts';
import { nodeFileSystem } from '../../generators/output/file-system.ts';
import type { Owner, Processes } from '../../generators/output/lock.ts';
import { acquireLock, nodeProcesses } from '../../generators/output/lock.ts';

const self: Owner = { pid: 100, started: '5', host: 'here' };
const running = (...owners: readonly Owner[]): Processes => ({
  self,
  isRunning: ({ pid, started }) => owners.some((owner) => owner.pid === pid && owner.started === started),
});

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-test-'));
  path = join(folder, '.lock');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const acquire = (processes: Processes, files: FileSystem = nodeFileSystem) => acquireLock(path, files, processes);

describe('the lock', () => {
  it('is there while it is held, and then gone', () => {
    const lock = acquire(running(self));
    expect(readlinkSync(path)).toBe('100@5@here');
    expect(lock).toHaveProperty('release');
    if ('release' in lock) lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ['of a process that runs', '7@1@here', { pid: 7, started: '1', host: 'here' }],
    ['of any process on another host', '100@5@there', { pid: 100, started: '5', host: 'there' }],
    ['on a host with a strange name', '7@@a@b\n', { pid: 7, started: '', host: 'a@b\n' }],
  ])('%s counts', (_, text, heldBy) => {
    symlinkSync(text, path);
    expect(acquire(running(self, { pid: 7, started: '1', host: 'here' }))).toEqual({ heldBy });
    expect(readlinkSync(path)).toBe(text);
    expect(readdirSync(folder)).toEqual(['.lock']);
  });

  it.each([
    ['of a process that has ended', '8@1@here'],
    ['of an earlier process of the same number', '7@0@here'],
    ['of an earlier process with this number', '100@4@here'],
    ['that this very process left', '100@5@here'],
    ['that makes no sense', 'x'],
  ])('%s is taken over', (_, text) => {
    symlinkSync(text, path);
    expect(acquire(running(self, { pid: 7, started: '1', host: 'here' }))).toHaveProperty('release');
    expect(readlinkSync(path)).toBe('100@5@here');
    expect(readdirSync(folder)).toEqual(['.lock']);
  });

  it('of another run that took over the same dead lock first goes back to it', () => {
    symlinkSync('8@1@here', path);
    const other: Owner = { pid: 9, started: '1', host: 'here' };
    let reads = 0;
    const files: FileSystem = {
      ...nodeFileSystem,
      readLink(at) {
        const text = nodeFileSystem.readLink(at);
        reads += 1;
        if (reads === 1) {
          rmSync(path);
          symlinkSync('9@1@here', path);
        }
        return text;
      },
    };
    expect(acquire(running(self, other), files)).toEqual({ heldBy: other });
    expect(readlinkSync(path)).toBe('9@1@here');
    expect(readdirSync(folder)).toEqual(['.lock']);
  });

  it('is not released when it is no longer ours', () => {
    const lock = acquire(running(self));
    rmSync(path);
    symlinkSync('9@1@here', path);
    if ('release' in lock) lock.release();
    expect(readlinkSync(path)).toBe('9@1@here');
  });

  it('is done without where there are no symbolic links', () => {
    const files: FileSystem = {
      ...nodeFileSystem,
      link: () => {
        throw Object.assign(new Error('EPERM'), { code: 'EPERM', syscall: 'symlink' });
      },
    };
    const lock = acquire(running(self), files);
    if ('release' in lock) lock.release();
    expect(lock).toHaveProperty('release');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is not a file', () => {
    writeFileSync(path, '');
    expect(() => acquire(running(self))).toThrow(/EINVAL/);
    expect(lstatSync(path).isFile()).toBe(true);
  });
});

describe('processes of this machine', () => {
  it('tells one that runs from one that has ended', async () => {
    expect(nodeProcesses.isRunning(nodeProcesses.self)).toBe(true);
    const child = spawn(process.execPath, ['-e', '']);
    const owner: Owner = { ...nodeProcesses.self, pid: child.pid ?? 0, started: '' };
    await once(child, 'exit');
    expect(nodeProcesses.isRunning(owner)).toBe(false);
  });

  it.runIf(process.platform === 'linux')('tells two processes of one number apart', () => {
    expect(nodeProcesses.self.started).toMatch(/^\d+$/);
    expect(nodeProcesses.isRunning({ ...nodeProcesses.self, started: '1' })).toBe(false);
  });
});
