// Reads a peer connection's statistics now and then: how lossy the network is, and which slots stand still.
import type { Clock, TimerId } from './clock';
import { DiagnosticQuality } from './types/vocabulary';

const POLL_MS = 2_000;
const POOR_LOSS = 0.05;
const BAD_LOSS = 0.15;
/** Fewer packets than this in a poll say nothing about loss. */
const PACKETS_MIN = 30;

export interface QualityHooks {
  stats(): Promise<RTCStatsReport>;
  onReceiveQuality(quality: DiagnosticQuality): void;
  onSendQuality(quality: DiagnosticQuality): void;
  /** Mids of video slots that decoded frames since the last poll, and of those that did not. */
  onFrames(moving: Set<string>, still: Set<string>): void;
}

interface Totals {
  received: number;
  lost: number;
  framesByMid: Map<string, number>;
  sendLoss: number | undefined;
}

type Stat = { type?: string; kind?: string; mid?: string; [field: string]: unknown };

export class QualityMonitor {
  private readonly _clock: Clock;
  private readonly _hooks: QualityHooks;
  private _timer: TimerId;
  private _last: Totals | undefined;
  private _isStopped = false;

  constructor(clock: Clock, hooks: QualityHooks) {
    this._clock = clock;
    this._hooks = hooks;
    this.schedule();
  }

  stop(): void {
    this._isStopped = true;
    this._clock.clearTimer(this._timer);
  }

  private schedule(): void {
    this._timer = this._clock.setTimer(POLL_MS, () => void this.poll());
  }

  private async poll(): Promise<void> {
    try {
      const totals = totalsOf(await this._hooks.stats());
      if (this._isStopped) return;
      if (this._last) this.compare(this._last, totals);
      this._last = totals;
    } catch {
      // A closing connection has no statistics.
    }
    if (!this._isStopped) this.schedule();
  }

  private compare(last: Totals, now: Totals): void {
    const lost = now.lost - last.lost;
    const packets = now.received - last.received + lost;
    if (packets >= PACKETS_MIN) this._hooks.onReceiveQuality(gradeLoss(lost / packets));
    if (now.sendLoss !== undefined) this._hooks.onSendQuality(gradeLoss(now.sendLoss));
    const moving = new Set<string>();
    const still = new Set<string>();
    for (const [mid, frames] of now.framesByMid) (frames > (last.framesByMid.get(mid) ?? 0) ? moving : still).add(mid);
    this._hooks.onFrames(moving, still);
  }
}

export function gradeLoss(loss: number): DiagnosticQuality {
  if (loss >= BAD_LOSS) return DiagnosticQuality.Bad;
  return loss >= POOR_LOSS ? DiagnosticQuality.Poor : DiagnosticQuality.Good;
}

function totalsOf(report: RTCStatsReport): Totals {
  const totals: Totals = { received: 0, lost: 0, framesByMid: new Map(), sendLoss: undefined };
  report.forEach((value: unknown) => {
    const stat = value as Stat;
    if (stat.type === 'inbound-rtp') {
      totals.received += Number(stat['packetsReceived']) || 0;
      totals.lost += Math.max(0, Number(stat['packetsLost']) || 0);
      if (stat.kind === 'video' && stat.mid) totals.framesByMid.set(stat.mid, Number(stat['framesDecoded']) || 0);
    } else if (stat.type === 'remote-inbound-rtp' && typeof stat['fractionLost'] === 'number') {
      totals.sendLoss = Math.max(totals.sendLoss ?? 0, stat['fractionLost']);
    }
  });
  return totals;
}
