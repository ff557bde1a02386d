// Time as the SDK sees it; tests put a clock of their own in its place.

export type TimerId = unknown;

export interface Clock {
  nowMs(): number;
  setTimer(delayMs: number, fire: () => void): TimerId;
  clearTimer(timer: TimerId): void;
}

export const browserClock: Clock = {
  nowMs: () => Date.now(),
  setTimer: (delayMs, fire) => setTimeout(fire, delayMs),
  clearTimer: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
};
