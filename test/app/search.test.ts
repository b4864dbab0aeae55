import { beforeEach, describe, expect, it } from 'vitest';
import type { Search } from '../stack/app/parts/search.ts';
import { openSearch } from '../stack/app/parts/search.ts';

const documents = ['Circuit breakers', 'Connection pools', 'Error budgets', 'Burn rates', 'Dashboards'].map(
  (title, index) => ({ id: `${index}`, title, body: `All about ${title.toLowerCase()}, chapter ${index}.` }),
);

let searches: { seconds: number; results: number }[];
let search: Search;
beforeEach(() => {
  searches = [];
  search = openSearch({
    documents,
    known: [
      { words: 'error budget', id: '2' },
      { words: 'conection pool', id: '1' },
    ],
    onSearch: (done) => searches.push(done),
  });
});
const start = async (id: string, parameters: unknown = {}) => {
  const fault = search.faults.find((one) => one.id === id);
  if (!fault) throw new Error(`no fault '${id}'`);
  return fault.start(parameters);
};

describe('search', () => {
  it('finds the best document first, misspelt or not', async () => {
    expect((await search.find('error budgets'))[0]?.id).toBe('2');
    expect((await search.find('conection pool'))[0]?.id).toBe('1');
    expect(await search.find('qqqqqq')).toEqual([]);
    expect(searches).toHaveLength(3);
    expect(searches.map(({ results }) => results > 0)).toEqual([true, true, false]);
    for (const { seconds } of searches) expect(seconds).toBeGreaterThan(0);
  });

  it('knows its size and how relevant it is', () => {
    expect(search.size()).toBe(5);
    expect(search.relevance()).toBe(1);
    search.add({ id: '5', title: 'Runbooks', body: 'What to do first.' });
    expect(search.size()).toBe(6);
  });

  it('gets slow, irrelevant and empty, and is mended', async () => {
    const faster = await start('search-slow', { ms: 60 });
    await search.find('dashboards');
    expect(searches[0]?.seconds).toBeGreaterThan(0.055);
    await faster();

    const relevant = await start('search-irrelevant');
    expect(search.relevance()).toBeLessThan(0.6);
    expect((await search.find('error budgets', 3))[0]?.id).not.toBe('2');
    await relevant();
    expect(search.relevance()).toBe(1);

    const full = await start('search-empty');
    expect([search.size(), search.relevance(), await search.find('dashboards')]).toEqual([0, 0, []]);
    await full();
    expect([search.size(), search.relevance()]).toEqual([5, 1]);
  });
});
