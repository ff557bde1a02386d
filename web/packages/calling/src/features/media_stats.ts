// Media statistics: the browser's own report each second, in the SDK's fields, and summaries of it.
import type { Clock, TimerId } from '../clock';
import { Emitter, bindMethods } from '../emitter';
import type * as M from '../types/more_features';

export interface MediaStatsHooks {
  clock: Clock;
  stats(): Promise<RTCStatsReport> | undefined;
  /** What a mid carries: the share slots are told from the cameras by it. */
  isShareMid(mid: string): boolean;
}

const SAMPLE_MS = 1_000;
const INTERVAL_S = 10;
const POINTS = 6;
const INTERVAL_S_MAX = 60;

type Stat = { id: string; type: string; timestamp: number; [field: string]: unknown };
type Report = Map<string, Stat>;
type Sample = M.MediaStatsReportSample;
type Item = M.MediaStatsItem;

class Collector implements M.MediaStatsCollector {
  private readonly _emitter = new Emitter();
  private readonly _onDispose: () => void;
  private readonly _samples: Sample[] = [];
  private readonly _perSummary: number;
  private readonly _points: number;

  constructor(options: M.MediaStatsCollectorOptions, onDispose: () => void) {
    this._perSummary = Math.round(clamp(options.aggregationInterval ?? INTERVAL_S, 1, INTERVAL_S_MAX));
    this._points = Math.round(clamp(options.dataPointsPerAggregation ?? POINTS, 1, this._perSummary));
    this._onDispose = onDispose;
    bindMethods(this);
  }

  take(sample: Sample, nowMs: number): void {
    this._emitter.emit('sampleReported', sample);
    this._samples.push(sample);
    if (this._samples.length < this._perSummary) return;
    const samples = this._samples.splice(0);
    this._emitter.emit('summaryReported', summarise(samples, this._points, nowMs));
  }

  on(event: 'sampleReported' | 'summaryReported', listener: (...args: never[]) => void): void {
    this._emitter.on(event, listener);
  }

  off(event: 'sampleReported' | 'summaryReported', listener: (...args: never[]) => void): void {
    this._emitter.off(event, listener);
  }

  dispose(): void {
    this._onDispose();
    this._emitter.silence();
  }
}

export class MediaStats implements M.MediaStatsCallFeature {
  readonly name = 'MediaStats';
  private readonly _hooks: MediaStatsHooks;
  private readonly _collectors = new Set<Collector>();
  private _last: Report = new Map();
  private _timer: TimerId;

  constructor(hooks: MediaStatsHooks) {
    this._hooks = hooks;
    bindMethods(this);
  }

  createCollector(options: M.MediaStatsCollectorOptions = {}): M.MediaStatsCollector {
    const collector = new Collector(options, () => this.forget(collector));
    this._collectors.add(collector);
    if (this._collectors.size === 1) this.schedule();
    return collector;
  }

  disposeAllCollectors(): void {
    for (const collector of [...this._collectors]) collector.dispose();
  }

  on(): void {
    // The collectors tell; the feature itself has no events.
  }

  off(): void {
    // See `on`.
  }

  dispose(): void {
    this.disposeAllCollectors();
  }

  private forget(collector: Collector): void {
    this._collectors.delete(collector);
    if (this._collectors.size > 0) return;
    this._hooks.clock.clearTimer(this._timer);
    this._last = new Map();
  }

  private schedule(): void {
    this._timer = this._hooks.clock.setTimer(SAMPLE_MS, () => void this.sample());
  }

  private async sample(): Promise<void> {
    const raw = await this._hooks.stats()?.catch(() => undefined);
    if (this._collectors.size === 0) return;
    if (raw) {
      const report: Report = new Map();
      raw.forEach((value: unknown) => report.set((value as Stat).id, value as Stat));
      const sample = sampleOf(report, this._last, (mid) => this._hooks.isShareMid(mid));
      this._last = report;
      for (const collector of [...this._collectors]) collector.take(copyOf(sample), this._hooks.clock.nowMs());
    }
    this.schedule();
  }
}

function sampleOf(now: Report, last: Report, isShareMid: (mid: string) => boolean): Sample {
  const sample: Sample = { audio: none(), video: none(), screenShare: none(), transports: [] };
  for (const stat of now.values()) {
    const before = last.get(stat.id);
    if (stat.type === 'transport') sample.transports.push(transportOf(stat, now));
    if (stat.type !== 'inbound-rtp' && stat.type !== 'outbound-rtp') continue;
    // A slot that has carried nothing is not a stream.
    const packets = num(stat, stat.type === 'inbound-rtp' ? 'packetsReceived' : 'packetsSent');
    if (!packets) continue;
    const isShare = isShareMid(String(stat['mid'] ?? ''));
    const kind = stat['kind'] === 'audio' ? sample.audio : isShare ? sample.screenShare : sample.video;
    if (stat.type === 'inbound-rtp') kind.receive.push(receivedOf(stat, before, now));
    else kind.send.push(sentOf(stat, before, now));
  }
  return sample;
}

function receivedOf(stat: Stat, before: Stat | undefined, report: Report): Item {
  const rate = perSecond(stat, before);
  const item: Item = {
    ...common(stat, before, report, 'bytesReceived', 'packetsReceived'),
    jitterInMs: ms(stat, 'jitter'),
    packetsLostPerSecond: rate('packetsLost'),
    jitterBufferDelayInMs: average(stat, before, 'jitterBufferDelay', 'jitterBufferEmittedCount'),
  };
  if (stat['kind'] === 'audio') {
    return { ...item, audioOutputLevel: level(stat), healedRatio: ratio(stat, before, 'concealedSamples', 'totalSamplesReceived') };
  }
  return {
    ...item,
    frameRateDecoded: rate('framesDecoded'),
    frameRateReceived: rate('framesReceived'),
    frameWidthReceived: num(stat, 'frameWidth'),
    frameHeightReceived: num(stat, 'frameHeight'),
    keyFramesDecoded: num(stat, 'keyFramesDecoded'),
    totalFreezeDurationInMs: ms(stat, 'totalFreezesDuration'),
    freezeCount: num(stat, 'freezeCount'),
  };
}

function sentOf(stat: Stat, before: Stat | undefined, report: Report): Item {
  const remote = report.get(String(stat['remoteId'] ?? ''));
  const source = report.get(String(stat['mediaSourceId'] ?? ''));
  const rate = perSecond(stat, before);
  const item: Item = {
    ...common(stat, before, report, 'bytesSent', 'packetsSent'),
    jitterInMs: remote && ms(remote, 'jitter'),
    rttInMs: remote && ms(remote, 'roundTripTime'),
    packetsLost: remote && num(remote, 'packetsLost'),
  };
  if (stat['kind'] === 'audio') return { ...item, audioInputLevel: source && level(source) };
  return {
    ...item,
    layer: typeof stat['rid'] === 'string' ? stat['rid'] : undefined,
    frameRateInput: source && num(source, 'framesPerSecond'),
    frameWidthInput: source && num(source, 'width'),
    frameHeightInput: source && num(source, 'height'),
    frameRateEncoded: rate('framesEncoded'),
    frameRateSent: rate('framesSent'),
    frameWidthSent: num(stat, 'frameWidth'),
    frameHeightSent: num(stat, 'frameHeight'),
    keyFramesEncoded: num(stat, 'keyFramesEncoded'),
  };
}

function common(stat: Stat, before: Stat | undefined, report: Report, bytes: string, packets: string): Item {
  const codec = report.get(String(stat['codecId'] ?? ''));
  const rate = perSecond(stat, before);
  const bytesPerSecond = rate(bytes);
  return {
    id: stat.id,
    transportId: typeof stat['transportId'] === 'string' ? stat['transportId'] : undefined,
    codecName: typeof codec?.['mimeType'] === 'string' ? codec['mimeType'].split('/').pop() : undefined,
    bitrate: bytesPerSecond === undefined ? undefined : bytesPerSecond * 8,
    packetsPerSecond: rate(packets),
  };
}

function transportOf(stat: Stat, report: Report): Item {
  const pair = report.get(String(stat['selectedCandidatePairId'] ?? ''));
  return {
    id: stat.id,
    rttInMs: pair && ms(pair, 'currentRoundTripTime'),
    availableIncomingBitrate: pair && num(pair, 'availableIncomingBitrate'),
    availableOutgoingBitrate: pair && num(pair, 'availableOutgoingBitrate'),
  };
}

/** Numbers as `{aggregation, raw, timestamp}` of up to `points` of the samples; words as they were last. */
function summarise(samples: Sample[], points: number, nowMs: number): M.MediaStatsReportSummary {
  const step = samples.length / points;
  const chosen = Array.from({ length: points }, (_, at) => samples[Math.min(samples.length - 1, Math.floor((at + 1) * step) - 1)]!);
  const merge = (pick: (sample: Sample) => Item[]): Item[] => {
    const byId = new Map<unknown, Item[]>();
    for (const item of chosen.flatMap(pick)) byId.set(item['id'], [...(byId.get(item['id']) ?? []), item]);
    return [...byId.values()].map((items) => mergeItems(items, nowMs));
  };
  const both = (kind: 'audio' | 'video' | 'screenShare') => ({
    send: merge((sample) => sample[kind].send),
    receive: merge((sample) => sample[kind].receive),
  });
  return { audio: both('audio'), video: both('video'), screenShare: both('screenShare'), transports: merge((sample) => sample.transports) };
}

function mergeItems(items: Item[], nowMs: number): Item {
  const fields = [...new Set(items.flatMap((item) => Object.keys(item)))];
  const merged = fields.map((field) => {
    const raw = items.map((item) => item[field]).filter((value) => typeof value === 'number');
    if (raw.length === 0) return [field, items[items.length - 1]?.[field]];
    const aggregation = { count: raw.length, sum: raw.reduce((sum, value) => sum + value, 0), min: Math.min(...raw), max: Math.max(...raw) };
    return [field, { aggregation, raw, timestamp: new Date(nowMs) }];
  });
  return Object.fromEntries(merged) as Item;
}

const none = (): M.MediaStatsDirections => ({ send: [], receive: [] });
const copyOf = (sample: Sample): Sample => JSON.parse(JSON.stringify(sample)) as Sample;
const clamp = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value));

function num(stat: Stat, field: string): number | undefined {
  const value = stat[field];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function ms(stat: Stat, field: string): number | undefined {
  const seconds = num(stat, field);
  return seconds === undefined ? undefined : seconds * 1_000;
}

/** 0 to 65,536. */
function level(stat: Stat): number | undefined {
  const value = num(stat, 'audioLevel');
  return value === undefined ? undefined : Math.round(value * 65_536);
}

function perSecond(stat: Stat, before: Stat | undefined): (field: string) => number | undefined {
  const seconds = before ? (stat.timestamp - before.timestamp) / 1_000 : 0;
  return (field) => {
    const [now, then] = [num(stat, field), before && num(before, field)];
    return now === undefined || then === undefined || seconds <= 0 ? undefined : Math.max(0, (now - then) / seconds);
  };
}

function ratio(stat: Stat, before: Stat | undefined, part: string, whole: string): number | undefined {
  const [partNow, wholeNow] = [num(stat, part), num(stat, whole)];
  if (partNow === undefined || wholeNow === undefined) return undefined;
  const total = wholeNow - ((before && num(before, whole)) ?? 0);
  return total <= 0 ? 0 : Math.max(0, partNow - ((before && num(before, part)) ?? 0)) / total;
}

/** Seconds over a count since the last sample, in milliseconds. */
function average(stat: Stat, before: Stat | undefined, sum: string, count: string): number | undefined {
  const value = ratio(stat, before, sum, count);
  return value === undefined ? undefined : value * 1_000;
}
