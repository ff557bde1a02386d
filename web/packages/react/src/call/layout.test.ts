// Grids and seats, case by case.
import { describe, expect, it } from 'vitest';
import { gridFor, seatsFor } from './layout';

describe('gridFor', () => {
  it.each([
    [1, 1280, 700, 1, 1],
    [2, 1280, 600, 2, 1],
    [2, 375, 600, 1, 2],
    [4, 1280, 700, 2, 2],
    [3, 375, 640, 1, 3],
    [9, 1280, 720, 3, 3],
  ])('%i tiles in %ix%i are %i columns, %i rows', (count, width, height, columns, rows) => {
    expect(gridFor(count, width, height)).toEqual({ columns, rows });
  });
  it('holds every tile, whatever the box', () => {
    for (let count = 1; count <= 30; count += 1) {
      for (const [width, height] of [[375, 500], [812, 320], [1920, 900], [0, 0]] as const) {
        const grid = gridFor(count, width, height);
        expect(grid.columns * grid.rows).toBeGreaterThanOrEqual(count);
      }
    }
  });
});

describe('seatsFor', () => {
  const people = ['a', 'b', 'c', 'd', 'e'].map((key) => ({ key, hasVideo: key !== 'e' }));
  const keys = (list: { key: string }[]): string => list.map(({ key }) => key).join('');

  it('seats everybody when there is room', () => {
    expect(keys(seatsFor(people, [], [], 5))).toBe('abcde');
  });
  it('always seats the speaker, camera or not', () => {
    expect(keys(seatsFor(people, ['e'], ['a', 'b'], 2))).toContain('e');
  });
  it('keeps who already has a seat', () => {
    expect(keys(seatsFor(people, [], ['c', 'd'], 2))).toBe('cd');
  });
  it('keeps the order of arrival among the seated', () => {
    expect(keys(seatsFor(people, ['d', 'b'], [], 2))).toBe('bd');
  });
});
