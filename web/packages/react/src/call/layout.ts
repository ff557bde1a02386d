// Where tiles go: how many columns fit best, and whose pictures are shown when not all fit.

/** A grid of equal tiles. */
export interface Grid {
  columns: number;
  rows: number;
}

const TILE_ASPECT = 16 / 9;

/** The grid whose tiles, kept at 16:9, come out largest in the given box. */
export function gridFor(count: number, width: number, height: number): Grid {
  if (count <= 1 || width <= 0 || height <= 0) return { columns: 1, rows: Math.max(1, count) };
  let best: Grid = { columns: 1, rows: count };
  let bestArea = 0;
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const tileWidth = Math.min(width / columns, (height / rows) * TILE_ASPECT);
    const area = tileWidth * (tileWidth / TILE_ASPECT);
    if (area > bestArea * 1.001) {
      bestArea = area;
      best = { columns, rows };
    }
  }
  return best;
}

/** What decides a person's place on the stage. */
export interface Placed {
  key: string;
  hasVideo: boolean;
}

/**
 * The people whose tiles are shown, at most `seats`. Whoever speaks now is always among them; otherwise nobody is moved
 * who already has a seat, so that tiles do not jump about.
 */
export function seatsFor<P extends Placed>(people: readonly P[], dominant: readonly string[], seated: readonly string[], seats: number): P[] {
  if (people.length <= seats) return [...people];
  const rank = (person: P): number => {
    const spoke = dominant.indexOf(person.key);
    return (spoke === -1 ? 100 : spoke) + (person.hasVideo ? 0 : 30) + (seated.includes(person.key) ? 0 : 20);
  };
  const chosen = new Set(
    people
      .map((person, index) => ({ person, index }))
      .sort((a, b) => rank(a.person) - rank(b.person) || a.index - b.index)
      .slice(0, seats)
      .map(({ person }) => person.key),
  );
  return people.filter((person) => chosen.has(person.key));
}
