import { describe, expect, it } from 'vitest';
import { compileTemplate } from '../../generators/targets/render.ts';

describe('compileTemplate', () => {
  it('puts values in as they are', async () => {
    const render = await compileTemplate<{ readonly text: string }>('a {{text}} b');
    expect(render({ text: '<b> & "c" \'d\' {{ $labels.x }} {{text}} \\{{' })).toBe(
      'a <b> & "c" \'d\' {{ $labels.x }} {{text}} \\{{ b',
    );
  });

  it('refuses data that lacks a field', async () => {
    const render = await compileTemplate<{ readonly text?: string }>('a {{text}} b');
    expect(() => render({})).toThrow('"text" not defined');
  });

  it('leaves out what is null', async () => {
    const render = await compileTemplate<{ readonly text: string | null }>('a{{#if text}} {{text}}{{/if}}');
    expect([render({ text: null }), render({ text: 'b' })]).toEqual(['a', 'a b']);
  });
});
