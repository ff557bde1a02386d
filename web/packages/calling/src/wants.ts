// What this page wants to see, most important first (CP-43). Pure.
import type { Participant } from './participant';
import type { Want } from './wire';

const WANTS_MAX = 64;
const SIDE_MAX_PX = 4096;

/** Shares before cameras, then whoever spoke last, then the larger tile. */
export function wantsOf(participants: Iterable<Participant>, dominantRawIds: string[]): Want[] {
  const wanted: { want: Want; rank: number; area: number; isShare: boolean }[] = [];
  for (const participant of participants) {
    for (const stream of ['share', 'camera'] as const) {
      const leg = participant.legOf(stream);
      const video = participant[stream];
      if (!leg || !video.isWatched) continue;
      const { width, height } = video.wantedSize;
      const spoke = dominantRawIds.indexOf(participant.rawId);
      wanted.push({
        want: { participant: leg, stream, width: clampSide(width), height: clampSide(height) },
        rank: spoke < 0 ? Number.MAX_SAFE_INTEGER : spoke,
        area: width * height,
        isShare: stream === 'share',
      });
    }
  }
  wanted.sort((a, b) => Number(b.isShare) - Number(a.isShare) || a.rank - b.rank || b.area - a.area);
  return wanted.slice(0, WANTS_MAX).map(({ want }) => want);
}

function clampSide(px: number): number {
  return Math.max(1, Math.min(SIDE_MAX_PX, Math.round(px)));
}
